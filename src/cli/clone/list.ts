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
  const [{ withEngine }, { readClones }] = await Promise.all([
    import('../engine/connection.ts'),
    import('../../engine/clones.ts'),
  ]);
  const clones = await withEngine(command, run, ({ requests }) => readClones(requests, run.signal));
  const shown = {
    value: clones,
    head: ['ID', 'Status', 'Port', 'User', 'Database', 'Branch', 'Created'],
    rows: clones.map(({ id, status, db, branch, createdAt }) => [
      id,
      status.code,
      db?.port,
      db?.username,
      db?.dbName,
      branch,
      createdAt,
    ]),
    empty: 'There are no clones.',
  };
  await print(shown, command, run);
}
