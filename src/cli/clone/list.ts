import { type Command, Option } from 'commander';
import { printable } from '../../lib/printable.ts';
import type { Run } from '../host.ts';
import type { CloneDocument } from './document.ts';
import { addEngineFlags } from './engine-flags.ts';

export function addList(noun: Command, run: Run): void {
  const command = noun
    .command('list')
    .description('List the clones: a table on a terminal, JSON elsewhere.')
    .addOption(new Option('-o, --output <FORMAT>', 'whatever stdout is').choices(['table', 'json']))
    .addHelpText('after', '\nExamples:\n  $ dblab clone list\n  $ dblab clone list --output json')
    .action(({ output }: { output?: 'table' | 'json' }) => list(output, command, run));
  addEngineFlags(command);
}

async function list(output: 'table' | 'json' | undefined, command: Command, run: Run): Promise<void> {
  const [{ findEngine }, { readClones }] = await Promise.all([
    import('./connection.ts'),
    import('./document.ts'),
  ]);
  const clones = await readClones(findEngine(command.optsWithGlobals(), run), run.signal);
  const format = output ?? (run.stdout.isTTY ? 'table' : 'json');
  run.stdout.write(format === 'json' ? `${JSON.stringify(clones, null, 4)}\n` : await table(clones));
}

async function table(clones: readonly CloneDocument[]): Promise<string> {
  if (clones.length === 0) return 'There are no clones.\n';
  const { default: Table } = await import('cli-table3');
  const drawn = new Table({
    head: ['ID', 'Status', 'Port', 'User', 'Database', 'Branch', 'Created'],
    style: { head: [], border: [] },
  });
  for (const { id, status, db, branch, createdAt } of clones) {
    const cells = [id, status.code, db?.port, db?.username, db?.dbName, branch, createdAt];
    drawn.push(cells.map((cell) => printable(String(cell ?? ''))));
  }
  return `${drawn.toString()}\n`;
}
