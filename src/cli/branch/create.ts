import type { Command } from 'commander';
import { createBranch } from '../../engine/branches.ts';
import { printable } from '../../lib/printable.ts';
import { withEngine } from '../engine/connection.ts';
import { switchBranch } from '../environments/branch.ts';
import { currentOf, readEnvironments } from '../environments/store.ts';
import { Failure, type Run } from '../host.ts';

interface Wanted {
  readonly name: string;
  readonly parentBranch: string | undefined;
  readonly snapshotId: string | undefined;
}

export async function create(wanted: Wanted, command: Command, run: Run): Promise<void> {
  const hasEnvironment = currentOf(readEnvironments(run)) !== undefined;
  const made = await withEngine(command, run, ({ requests, currentBranch }) => {
    const { name, parentBranch, snapshotId = '' } = wanted;
    const order = { branchName: name, baseBranch: parentBranch || currentBranch, snapshotID: snapshotId };
    return createBranch(order, requests, run.signal);
  });
  if (!hasEnvironment) {
    run.stdout.write(`Created branch '${printable(made)}'\n`);
    run.stderr.write(
      'It is not the current one: no environment is there to keep that in. "dblab init" makes one.\n',
    );
    return;
  }
  await switchBranch(made, run).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`Branch '${printable(made)}' is made, but not the current one: ${error.message}`);
  });
  run.stdout.write(`Switched to new branch '${printable(made)}'\n`);
}
