import type { Command } from 'commander';
import { createBranch } from '../../engine/branches.ts';
import { printable } from '../../lib/printable.ts';
import { withEngine } from '../engine/connection.ts';
import type { Run } from '../host.ts';
import { branchInUse } from './current-branch.ts';
import { openCurrentBranch } from './stored-branch.ts';

interface Wanted {
  readonly name: string;
  readonly parentBranch: string | undefined;
  readonly snapshotId: string | undefined;
}

export async function create(wanted: Wanted, command: Command, run: Run): Promise<void> {
  const stored = openCurrentBranch(run);
  const order = {
    branchName: wanted.name,
    baseBranch: wanted.parentBranch || branchInUse(stored, command, run),
    snapshotID: wanted.snapshotId ?? '',
  };
  const made = await withEngine(command, run, ({ requests }) => createBranch(order, requests, run.signal));
  if (stored.read() === undefined) {
    run.stdout.write(`Created branch '${printable(made)}'\n`);
    run.stderr.write(
      'It is not the current one: no environment is there to keep that in. "dblab init" makes one.\n',
    );
    return;
  }
  await stored.write(made);
  run.stdout.write(`Switched to new branch '${printable(made)}'\n`);
}
