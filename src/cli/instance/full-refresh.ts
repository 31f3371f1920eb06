import type { Command } from 'commander';
import { printable } from '../../lib/printable.ts';
import { addEngineFlags } from '../engine/flags.ts';
import type { Run } from '../host.ts';

export function addFullRefresh(noun: Command, run: Run): void {
  const command = noun
    .command('full-refresh')
    .description('Have the Engine fetch all data anew, into a pool that no clone uses.')
    .addHelpText('after', '\nExamples:\n  $ dblab instance full-refresh\n  $ dblab instance status')
    .action(() => fullRefresh(command, run));
  addEngineFlags(command);
}

async function fullRefresh(command: Command, run: Run): Promise<void> {
  const [{ withEngine }, { startFullRefresh }] = await Promise.all([
    import('../engine/connection.ts'),
    import('../../engine/instance-document.ts'),
  ]);
  const said = await withEngine(command, run, ({ requests }) => startFullRefresh(requests, run.signal));
  run.stdout.write(`${printable(said)}\n`);
  run.stderr.write(
    'The Engine fills a spare pool and then changes over to it; clones stay as they are. "dblab instance status" shows how far it is.\n',
  );
}
