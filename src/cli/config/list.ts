import type { Command } from 'commander';
import { printable } from '../../lib/printable.ts';
import type { Environments } from '../environments/environment.ts';
import { readEnvironments } from '../environments/store.ts';
import type { Run } from '../host.ts';
import { addOutputFlag, type OutputFlag, print, type Shown } from '../output.ts';
import { asOriginal } from './view.ts';

export function addList(noun: Command, run: Run): void {
  const command = noun
    .command('list')
    .description('List the environments; [*] marks the current one.')
    .addHelpText('after', '\nExamples:\n  $ dblab config list\n  $ dblab config list --output json')
    .action(({ output }: OutputFlag) => list(output, command, run));
  addOutputFlag(command, 'the lines of the original');
}

async function list(output: OutputFlag['output'], command: Command, run: Run): Promise<void> {
  const environments = readEnvironments(run);
  if (output === undefined) run.stdout.write(lines(environments));
  else await print(shown(environments), command, run);
}

function shown({ byId, current }: Environments): Shown {
  return {
    value: asData({ byId, current }),
    head: ['', 'Environment', 'URL'],
    rows: sorted(byId).map(([id, { url }]) => [id === current ? '*' : '', id, url]),
    empty: NONE,
  };
}

const NONE =
  'There are no environments: "dblab init --environment-id NAME --url URL --token TOKEN" makes the first.';

function asData({ byId, current }: Pick<Environments, 'byId' | 'current'>) {
  return sorted(byId).map(([id, environment]) => ({
    ...asOriginal(id, environment, false),
    current: id === current,
  }));
}

/** The lines of the original, for scripts that read them. */
function lines({ byId, current }: Environments): string {
  if (byId.size === 0) return `${NONE}\n`;
  const rows = sorted(byId).map(([id, { url, forwarding }]) =>
    [`[${id === current ? '*' : ' '}] ${id}`, url, forwarding.serverUrl, forwarding.localPort].map(printable),
  );
  const all = [['ENV', 'URL', 'Forwarding server URL', 'Forwarding local port'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const aligned = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `Available CLI environments:\n${aligned.join('\n')}\n`;
}

function sorted<T>(byId: ReadonlyMap<string, T>): [string, T][] {
  return [...byId].sort(([a], [b]) => (a < b ? -1 : 1));
}
