import type { Exchange } from '../../engine/requests.ts';
import { printable } from '../../lib/printable.ts';

const MOST_CHARACTERS = 2_000;
const SECRET = /password|passwd|token|secret|private|credential/i;

/** One exchange with the Engine as `--debug` shows it: the request, its answer, and no secret of either. */
export function traced({ order, answer, durationMs }: Exchange): string {
  const outcome = answer === undefined ? 'no answer' : `${answer.status}`;
  const lines = [`${order.method} ${order.path}: ${outcome} after ${durationMs} ms`];
  if (order.body) lines.push(`  sent ${shown(order.body)}`);
  if (answer !== undefined && answer.text !== '') lines.push(`  got  ${shown(answer.text)}`);
  return lines.map((line) => `debug: ${printable(line)}\n`).join('');
}

/** What is no JSON may hold anything, so only its length is told. */
function shown(body: string): string {
  try {
    const text = JSON.stringify(JSON.parse(body, masked));
    return text.length <= MOST_CHARACTERS
      ? text
      : `${text.slice(0, MOST_CHARACTERS)} ... (${text.length} characters)`;
  } catch {
    return `${body.length} characters that are not JSON`;
  }
}

function masked(key: string, value: unknown): unknown {
  if (SECRET.test(key) && value !== '' && value !== null) return '***';
  return typeof value === 'string'
    ? value.replace(/(password\s*=\s*|:\/\/[^\s:/@]*:)[^\s@]+/gi, '$1***')
    : value;
}
