import type { Command } from 'commander';
import { addEngineFlags } from '../engine/flags.ts';
import type { Run } from '../host.ts';
import { addOutputFlag, print } from '../output.ts';

export function addList(noun: Command, run: Run): void {
  const command = noun
    .command('list')
    .description('List the clones.')
    .addHelpText('after', '\nExamples:\n  $ dblab clone list\n  $ dblab clone list --output json')
    .action(() => list(command, run));
  addOutputFlag(command);
  addEngineFlags(command);
}

async function list(command: Command, run: Run): Promise<void> {
  const [{ withEngine }, { readClones }, { shownAsList }] = await Promise.all([
    import('../engine/connection.ts'),
    import('../../engine/clones.ts'),
    import('./view.ts'),
  ]);
  const clones = await withEngine(command, run, ({ requests }) => readClones(requests, run.signal));
  await print(shownAsList(clones), command, run);
}
