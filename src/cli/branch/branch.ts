import type { Command } from 'commander';
import { addEngineFlags } from '../engine/flags.ts';
import { type Run, UsageError } from '../host.ts';
import { addOutputFlag, type OutputFlag } from '../output.ts';
import { addProtectedFlag, type ProtectedFlag, readProtectedFlag } from '../protection-flag.ts';

interface Flags extends OutputFlag {
  readonly delete?: string;
  readonly parentBranch?: string;
  readonly snapshotId?: string;
  readonly protected?: ProtectedFlag;
}

const EXAMPLES = `
Examples:
  $ dblab branch                              list the branches
  $ dblab branch dev                          make one from the current branch, and switch to it
  $ dblab branch dev --parent-branch main
  $ dblab branch dev --protected 7d
  $ dblab branch --delete dev`;

export function addBranch(noun: Command, run: Run): void {
  noun
    .argument('[NAME]', 'the branch to make, or to protect')
    .option('-d, --delete <NAME>', 'delete that branch')
    .option('--parent-branch <NAME>', 'start from the newest snapshot of that branch')
    .option('--snapshot-id <ID>', 'start from that snapshot')
    .addHelpText('after', EXAMPLES)
    .action((name: string | undefined, flags: Flags) => act(name, flags, noun, run));
  addProtectedFlag(noun, 'protect the branch against being deleted');
  addOutputFlag(noun, 'lines of text');
  addEngineFlags(noun);
}

async function act(name: string | undefined, flags: Flags, command: Command, run: Run): Promise<void> {
  if (name !== undefined && flags.delete !== undefined) {
    throw new UsageError('Two things are asked for: make a branch, or delete one with --delete NAME alone.');
  }
  if (flags.protected !== undefined) {
    if (!name) throw new UsageError('Which branch? Name it: dblab branch NAME --protected VALUE.');
    const change = readProtectedFlag(flags.protected);
    return (await import('./protect.ts')).protect(name, change, command, run);
  }
  if (name !== undefined) return (await import('./create.ts')).create(baseOf(name, flags), command, run);
  if (flags.delete !== undefined) return (await import('./delete.ts')).remove(flags.delete, command, run);
  return (await import('./list.ts')).list(flags, command, run);
}

function baseOf(name: string, { parentBranch, snapshotId }: Flags) {
  if (parentBranch && snapshotId) {
    throw new UsageError('either --parent-branch or --snapshot-id must be specified, not both.');
  }
  return { name, parentBranch, snapshotId };
}
