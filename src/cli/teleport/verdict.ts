import picocolors from 'picocolors';
import type { Examined } from '../../checks/examine.ts';
import { printable } from '../../lib/printable.ts';

const WORDS = { pass: 'pass', warn: 'WARN', fail: 'FAIL', skipped: 'skip' } as const;
const COLOURS = { pass: 'green', warn: 'yellow', fail: 'red', skipped: 'dim' } as const;
const INDENT = ' '.repeat(6);

/** What was found, for people: what is right takes one line, what is not says why and what to do. */
export function verdictLines(examined: Examined, isTerminal: boolean): string {
  const { verdict, id, title, evidence, cure } = examined;
  const colours = picocolors.createColors(isTerminal && picocolors.isColorSupported);
  const mark = colours[COLOURS[verdict]](WORDS[verdict]);
  if (verdict === 'pass')
    return `${mark}  ${title} ${colours.dim(`(${printable(evidence.replace(/\.$/, ''))}) [${id}]`)}\n`;
  const lines = [`${mark}  ${title} ${colours.dim(`[${id}]`)}`, ...indented(evidence)];
  if (cure !== undefined) lines.push(...indented(`-> ${cure}`));
  return `${lines.join('\n')}\n`;
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `${INDENT}${printable(line)}`);
}
