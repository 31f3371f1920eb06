import type { BranchDocument, CommitDocument } from '../../engine/branches.ts';
import { printable } from '../../lib/printable.ts';

/* Branches and their history as the original writes them, for people and for scripts alike. */

interface Look {
  readonly now: number;
  readonly isColoured: boolean;
}

/** A line for each name, the current one with `* ` before it. */
export function listing(branches: readonly BranchDocument[], current: string, look: Look): string {
  if (branches.length === 0) return 'No branches found\n';
  // Each pool that has a branch tells of it.
  const views = new Map(branches.toReversed().map((branch) => [branch.name, branch]));
  const lines = [...views.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((branch) => {
      const name = printable(branch.name);
      const shown = look.isColoured && branch.name === current ? `\u001b[1;32m${name}\u001b[0m` : name;
      return `${branch.name === current ? '* ' : '  '}${shown}${annotation(branch, look.now)}\n`;
    });
  return lines.join('');
}

function annotation({ protected: on, protectedTill, deleteAt }: BranchDocument, now: number): string {
  if (on && !protectedTill) return '  [protected]';
  if (on && protectedTill && Date.parse(protectedTill) > now) {
    return `  [protected until ${printable(protectedTill)}]`;
  }
  return deleteAt ? `  [auto-delete at ${printable(deleteAt)}]` : '';
}

/** The snapshots of a branch, newest first, each with the time of its data and its message. */
export function history(commits: readonly CommitDocument[]): string {
  return commits
    .map(({ id, branch, dataStateAt, message }) => {
      const heads = branch?.length ? `(HEAD -> ${branch.join(', ')})` : '';
      const said = message && message !== '-' ? `\n    ${printable(message)}` : '';
      return `snapshot ${printable(`${id} ${heads}`)}\nDataStateAt: ${longTime(dataStateAt ?? '')}${said}\n\n`;
    })
    .join('');
}

/** `20260401000000` as `Wed, 01 Apr 2026 00:00:00 +0000`; anything else is left out. */
function longTime(digits: string): string {
  const time = Date.parse(digits.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z'));
  return Number.isNaN(time) ? '' : new Date(time).toUTCString().replace('GMT', '+0000');
}
