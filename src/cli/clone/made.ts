import type { CloneDocument } from '../../engine/clones.ts';
import { printable } from '../../lib/printable.ts';

/** What a person is told of a new clone: as the original tells it, then what only we know. */
export function madeText(
  { id, branch, snapshot, db }: CloneDocument,
  {
    password,
    teleport = [],
  }: { readonly password?: string | undefined; readonly teleport?: readonly string[] },
): string {
  const lines = [
    ['ID', id],
    ['Branch', branch],
    ['Snapshot', snapshot?.id],
    ['Connection string', db?.connStr],
    ...(password === undefined ? [] : [['Password', `${password}   (shown this once)`]]),
  ].map(([name, value]) => `${`${name}:`.padEnd(20)}${value ?? ''}`);
  const through = [
    '',
    'Through Teleport, directly or by a tunnel (connect to its port at 127.0.0.1, not at localhost):',
    ...teleport.map((line) => `  ${line}`),
  ];
  const all = [...lines, ...(teleport.length === 0 ? [] : through)];
  return `${all.map(printable).join('\n')}\n\n`;
}
