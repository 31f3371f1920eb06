import { type Command, Option } from 'commander';
import { addEngineFlags } from '../engine/flags.ts';
import type { Run } from '../host.ts';
import { addOutputFlag, print } from '../output.ts';

interface Flags {
  readonly pool?: string;
  readonly cloneId?: string;
  readonly message?: string;
}

const EXAMPLES = `
Examples:
  $ dblab snapshot create
  $ dblab snapshot create --pool dblab_pool
  $ dblab snapshot create --clone-id my-clone`;

export function addCreate(noun: Command, run: Run): void {
  const command = noun
    .command('create')
    .description("Take a snapshot of a pool's data, or of a clone.")
    .option('--pool <NAME>', 'the pool; the one in use otherwise')
    .addOption(new Option('--clone-id <ID>', 'the clone, instead of a pool').conflicts('pool'))
    .option('--message <TEXT>', 'what it is for; the Engine keeps it with commits only, see "dblab commit"')
    .addHelpText('after', EXAMPLES)
    .action((flags: Flags) => create(flags, command, run));
  addOutputFlag(command);
  addEngineFlags(command);
}

async function create(
  { pool = '', cloneId, message = '' }: Flags,
  command: Command,
  run: Run,
): Promise<void> {
  const [{ withEngine }, { takeSnapshot, takeSnapshotOfClone }, { shownAs }] = await Promise.all([
    import('../engine/connection.ts'),
    import('../../engine/snapshots.ts'),
    import('./view.ts'),
  ]);
  const made = await withEngine(command, run, ({ requests }) =>
    cloneId === undefined
      ? takeSnapshot(pool, requests, run.signal)
      : takeSnapshotOfClone({ cloneID: cloneId, message }, requests, run.signal),
  );
  if (message !== '' && !made.message) {
    run.stderr.write('The Engine did not keep the message: it keeps those of "dblab commit".\n');
  }
  await print(shownAs(made, [made]), command, run);
}
