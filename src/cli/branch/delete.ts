import type { Command } from 'commander';
import { deleteBranch } from '../../engine/branches.ts';
import { printable } from '../../lib/printable.ts';
import { withEngine } from '../engine/connection.ts';
import { DEFAULT_BRANCH } from '../environments/branch.ts';
import { Failure, type Run } from '../host.ts';

export async function remove(name: string, command: Command, run: Run): Promise<void> {
  await withEngine(command, run, ({ requests, currentBranch }) => {
    if (name === currentBranch && name !== DEFAULT_BRANCH) {
      throw new Failure(
        `cannot delete branch ${JSON.stringify(name)} because it is the current one. Switch to another first: dblab switch ${DEFAULT_BRANCH}.`,
      );
    }
    return deleteBranch(name, requests, run.signal);
  });
  run.stdout.write(`Deleted branch '${printable(name)}'\n`);
}
