import type { Command } from 'commander';
import { addEngineFlags } from '../engine/flags.ts';
import type { Run } from '../host.ts';
import { addOutputFlag, print } from '../output.ts';

export function addList(noun: Command, run: Run): void {
  const command = noun
    .command('list')
    .description('List the snapshots.')
    .addHelpText('after', '\nExamples:\n  $ dblab snapshot list\n  $ dblab snapshot list --output json')
    .action(() => list(command, run));
  addOutputFlag(command);
  addEngineFlags(command);
}

async function list(command: Command, run: Run): Promise<void> {
  const [{ withEngine }, { readSnapshots }, { shownAs, viewOf }] = await Promise.all([
    import('../engine/connection.ts'),
    import('../../engine/snapshots.ts'),
    import('./view.ts'),
  ]);
  const snapshots = await withEngine(command, run, ({ requests }) => readSnapshots(requests, run.signal));
  await print(shownAs(snapshots.map(viewOf), snapshots), command, run);
}
