import type { Command } from 'commander';
import { printable } from '../../lib/printable.ts';
import { addEngineFlags } from '../engine/flags.ts';
import type { Run } from '../host.ts';

interface Flags {
  readonly cloneId: string;
  readonly message?: string;
}

export function addCommit(noun: Command, run: Run): void {
  noun
    .requiredOption('--clone-id <ID>', 'the clone whose data is kept')
    .option('-m, --message <TEXT>', 'what has changed')
    .addHelpText('after', '\nExamples:\n  $ dblab commit --clone-id my-clone --message "Add the index"')
    .action((flags: Flags) => commit(flags, noun, run));
  addEngineFlags(noun);
}

async function commit({ cloneId, message = '' }: Flags, command: Command, run: Run): Promise<void> {
  const [{ commitClone }, { withEngine }] = await Promise.all([
    import('../../engine/branches.ts'),
    import('../engine/connection.ts'),
  ]);
  const id = await withEngine(command, run, ({ requests }) =>
    commitClone({ cloneId, message }, requests, run.signal),
  );
  run.stdout.write(`Created new snapshot '${printable(id)}'\n`);
}
