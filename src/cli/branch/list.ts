import type { Command } from 'commander';
import { type BranchDocument, readBranches } from '../../engine/branches.ts';
import { withEngine } from '../engine/connection.ts';
import type { Run } from '../host.ts';
import { type OutputFlag, print, type Shown } from '../output.ts';
import { protectionText } from '../protection-text.ts';
import { listing } from './listing.ts';

export async function list({ output }: OutputFlag, command: Command, run: Run): Promise<void> {
  const { stdout, env, clock, signal } = run;
  const { branches, current } = await withEngine(command, run, async ({ requests, currentBranch }) => ({
    branches: await readBranches(requests, signal),
    current: currentBranch,
  }));
  if (output !== undefined) return print(shownAs(branches), command, run);
  const isColoured = stdout.isTTY === true && !env['NO_COLOR'];
  stdout.write(listing(branches, current, { now: clock.now(), isColoured }));
}

function shownAs(branches: readonly BranchDocument[]): Shown {
  return {
    value: branches,
    head: ['Branch', 'Parent', 'Snapshots', 'Newest snapshot', 'Protected'],
    rows: branches.map((branch) => [
      branch.name,
      branch.parent,
      branch.numSnapshots,
      branch.snapshotID,
      protectionText(branch),
    ]),
    empty: 'No branches found',
  };
}
