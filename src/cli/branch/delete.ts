import type { Command } from 'commander';
import { deleteBranch } from '../../engine/branches.ts';
import { printable } from '../../lib/printable.ts';
import { withEngine } from '../engine/connection.ts';
import { Failure, type Run } from '../host.ts';
import { openCurrentBranch } from './stored-branch.ts';

export async function remove(name: string, command: Command, run: Run): Promise<void> {
  if (openCurrentBranch(run).read() === name) {
    throw new Failure(
      `cannot delete branch ${JSON.stringify(name)} because it is the current one. Switch to another first: dblab switch main.`,
    );
  }
  await withEngine(command, run, ({ requests }) => deleteBranch(name, requests, run.signal));
  run.stdout.write(`Deleted branch '${printable(name)}'\n`);
}
