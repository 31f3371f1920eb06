import type { Command } from 'commander';
import { addEngineFlags } from '../engine/flags.ts';
import type { Run } from '../host.ts';
import { addOutputFlag, print } from '../output.ts';

export function addVersion(noun: Command, run: Run): void {
  const command = noun
    .command('version')
    .description("Show the Engine's version and edition. Needs no token.")
    .addHelpText('after', '\nExamples:\n  $ dblab instance version')
    .action(() => version(command, run));
  addOutputFlag(command);
  addEngineFlags(command);
}

async function version(command: Command, run: Run): Promise<void> {
  const [{ withEngine }, { readHealth }] = await Promise.all([
    import('../engine/connection.ts'),
    import('../../engine/instance-document.ts'),
  ]);
  const health = await withEngine(command, run, ({ requests }) => readHealth(requests, run.signal));
  const shown = {
    value: health,
    head: ['Version', 'Edition', 'Instance ID'],
    rows: [[health.version, health.edition, health.instanceID]],
    empty: '',
  };
  await print(shown, command, run);
}
