import type { Command } from 'commander';
import { addEngineFlags } from '../engine/flags.ts';
import { type Run, UsageError } from '../host.ts';
import { addOutputFlag, print } from '../output.ts';
import { addProtectedFlag, type ProtectedFlag, readProtectedFlag } from '../protection-flag.ts';
import { snapshotId } from './id.ts';

interface Flags {
  readonly id?: string;
  readonly protected?: ProtectedFlag;
}

const EXAMPLES = `
Examples:
  $ dblab snapshot update dblab_pool@snapshot_20260401000000 --protected 7d
  $ dblab snapshot update dblab_pool@snapshot_20260401000000 --protected false`;

export function addUpdate(noun: Command, run: Run): void {
  const command = noun
    .command('update')
    .description('Protect a snapshot against being deleted, or take its protection off.')
    .argument('[SNAPSHOT_ID]', 'the snapshot')
    .option('--id <ID>', 'another way to name it')
    .addHelpText('after', EXAMPLES)
    .action((id: string | undefined, flags: Flags) =>
      update(snapshotId(id, flags.id, 'update'), flags, command, run),
    );
  addProtectedFlag(command, 'protect it');
  addOutputFlag(command);
  addEngineFlags(command);
}

async function update(id: string, flags: Flags, command: Command, run: Run): Promise<void> {
  if (flags.protected === undefined) {
    throw new UsageError('Nothing to change: say --protected true, false, or how long, as in 30m, 2h or 7d.');
  }
  const change = readProtectedFlag(flags.protected);
  const [{ withEngine }, { protectSnapshot }, { shownAs }] = await Promise.all([
    import('../engine/connection.ts'),
    import('../../engine/snapshots.ts'),
    import('./view.ts'),
  ]);
  const snapshot = await withEngine(command, run, ({ requests }) =>
    protectSnapshot(id, change, requests, run.signal),
  );
  await print(shownAs(snapshot, [snapshot]), command, run);
}
