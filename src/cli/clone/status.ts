import type { Command } from 'commander';
import { addEngineFlags } from '../engine/flags.ts';
import type { Run } from '../host.ts';
import { addOutputFlag, print } from '../output.ts';
import { addCloneId, cloneId } from './id.ts';

export function addStatus(noun: Command, run: Run): void {
  const command = noun
    .command('status')
    .description('Show a clone: its state, where it is, what it stands on.')
    .addHelpText(
      'after',
      '\nExamples:\n  $ dblab clone status my-clone\n  $ dblab clone status --id my-clone',
    )
    .action((id: string | undefined, flags: { id?: string }) =>
      status(cloneId(id, flags.id, 'status'), command, run),
    );
  addCloneId(command);
  addOutputFlag(command);
  addEngineFlags(command);
}

async function status(id: string, command: Command, run: Run): Promise<void> {
  const [{ withEngine }, { readClone }, { shownAlone }] = await Promise.all([
    import('../engine/connection.ts'),
    import('../../engine/clones.ts'),
    import('./view.ts'),
  ]);
  const clone = await withEngine(command, run, ({ requests }) => readClone(id, requests, run.signal));
  await print(shownAlone(clone), command, run);
}
