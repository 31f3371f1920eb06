import { readFileSync } from 'node:fs';
import type { IdentityFile } from './protocol.ts';

/**
 * Reads an identity file line by line, as tctl does: the first PEM block is the key, the second the
 * certificate, other lines are skipped. Only the certificate leaves this function.
 */
export function readIdentityFile(path: string): IdentityFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return { state: 'missing' };
  }
  const blocks: string[] = [];
  let open: string[] | undefined;
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    if (!open && line.startsWith('-----BEGIN')) open = [];
    open?.push(line);
    if (open && line.startsWith('-----END')) {
      blocks.push(`${open.join('\n')}\n`);
      open = undefined;
    }
  }
  if (open) return { state: 'garbled', reason: 'invalid PEM block (fragment)' };
  const certificate = blocks[1];
  return certificate === undefined
    ? { state: 'garbled', reason: 'could not find a certificate' }
    : { state: 'read', certificate };
}
