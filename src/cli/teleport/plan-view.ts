import picocolors from 'picocolors';
import { printable } from '../../lib/printable.ts';
import { type Change, titleOf } from '../../setup/change.ts';
import type { Plan, StepPlan } from '../../setup/plan.ts';
import { fingerprints } from '../../site/certificate.ts';
import { octal } from '../../site/host-files.ts';
import type { Site } from '../../site/site.ts';
import { unifiedDiff } from '../../yaml/diff.ts';

type Colours = ReturnType<typeof picocolors.createColors>;

/** The plan as people read it before they say yes: each change, and each difference in a file. */
export function shownPlan({ steps }: Plan, site: Site, isTerminal: boolean): string {
  const colours = picocolors.createColors(isTerminal && picocolors.isColorSupported);
  return steps.map((step) => shownStep(step, site, colours)).join('');
}

function shownStep({ title, changes, problem }: StepPlan, site: Site, colours: Colours): string {
  const heading = colours.bold(title);
  const shown = changes.map((change) => shownChange(change, site, colours)).join('');
  if (problem !== undefined)
    return `${heading}: ${colours.yellow('not by this run')}\n    ${printable(problem)}\n${shown}`;
  if (changes.length === 0) return `${heading}: ${colours.green('as it has to be')}\n`;
  return `${heading}:\n${shown}`;
}

function shownChange(change: Change, site: Site, colours: Colours): string {
  return `  + ${titleOf(change)}${factsOf(change)}\n${differenceOf(change, site, colours)}`;
}

function factsOf(change: Change): string {
  switch (change.kind) {
    case 'file':
      return change.before === undefined ? ` (mode ${octal(change.mode)}${ownerOf(change.owner)})` : '';
    case 'folder':
      return ` (mode ${octal(change.mode)}${ownerOf(change.owner)})`;
    case 'permissions':
      return `: mode ${octal(change.mode)}${ownerOf(change.owner)} (now ${change.was})`;
    case 'command':
      return `: ${change.command.join(' ')}`;
    case 'cluster':
      return '';
  }
}

function ownerOf(owner: Extract<Change, { kind: 'folder' }>['owner']): string {
  if (owner === undefined) return '';
  return 'user' in owner ? `, owner ${owner.user}` : `, owner ${owner.uid}:${owner.gid}`;
}

function differenceOf(change: Change, site: Site, colours: Colours): string {
  if (change.kind === 'file') {
    if (change.isSecret) return indented('(its content is secret, and not shown)', colours);
    const [fingerprint] = fingerprints(change.after);
    if (fingerprint !== undefined) return indented(`(a certificate, SHA-256 ${fingerprint})`, colours);
    return indented(masked(unifiedDiff(change.before ?? '', change.after, change.path), site), colours);
  }
  if (change.kind !== 'cluster' || change.document === undefined) return '';
  const { before = '', text, name } = change.document;
  return indented(unifiedDiff(before, text, name), colours);
}

/** A shorter one would be found in the middle of words. */
const SHORTEST_SECRET = 6;

/** What a key calls a secret (a path is none), and every secret that we know ourselves. */
function masked(diff: string, { config }: Site): string {
  const known = [config.dblabToken, ...config.webhookSecrets]
    .map((secret) => secret.reveal())
    .filter((secret) => secret.length >= SHORTEST_SECRET);
  const byKey = diff.replace(
    /^([-+ ]\s*(?:- )?["']?[\w-]*(?:secret|token|password)[\w-]*["']?\s*:\s*)[^\s/].*$/gim,
    '$1***',
  );
  return known.reduce((text, secret) => text.replaceAll(secret, '***'), byKey);
}

function indented(diff: string, colours: Colours): string {
  const lines = diff.split('\n').filter((line) => line !== '');
  const paint = (line: string) => {
    if (/^\+(?!\+\+)/.test(line)) return colours.green(line);
    return /^-(?!--)/.test(line) ? colours.red(line) : colours.dim(line);
  };
  return lines.map((line) => `      ${paint(printable(line))}\n`).join('');
}
