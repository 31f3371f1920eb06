import { type Command, Option } from 'commander';
import { printable } from '../../lib/printable.ts';
import type { Environments } from '../environments/environment.ts';
import { readEnvironments } from '../environments/store.ts';
import type { Run } from '../host.ts';
import { asOriginal } from './view.ts';

type Format = 'table' | 'json' | 'yaml';

export function addList(noun: Command, run: Run): void {
  noun
    .command('list')
    .description('List the environments; [*] marks the current one.')
    .addOption(
      new Option('-o, --output <FORMAT>', 'how')
        .choices(['table', 'json', 'yaml'] satisfies Format[])
        .default('table'),
    )
    .addHelpText('after', '\nExamples:\n  $ dblab config list\n  $ dblab config list --output json')
    .action(async ({ output }: { output: Format }) => {
      run.stdout.write(await WRITERS[output](readEnvironments(run)));
    });
}

const WRITERS: Readonly<Record<Format, (environments: Environments) => string | Promise<string>>> = {
  table,
  json: (environments) => `${JSON.stringify(asData(environments), null, 4)}\n`,
  async yaml(environments) {
    const { stringify } = await import('yaml');
    return stringify(asData(environments));
  },
};

function asData({ byId, current }: Environments) {
  return sorted(byId).map(([id, environment]) => ({
    ...asOriginal(id, environment, false),
    current: id === current,
  }));
}

/** The lines of the original, for scripts that read them. */
function table({ byId, current }: Environments): string {
  if (byId.size === 0) {
    return 'There are no environments: "dblab init --environment-id NAME --url URL --token TOKEN" makes the first.\n';
  }
  const rows = sorted(byId).map(([id, { url, forwarding }]) =>
    [`[${id === current ? '*' : ' '}] ${id}`, url, forwarding.serverUrl, forwarding.localPort].map(printable),
  );
  const all = [['ENV', 'URL', 'Forwarding server URL', 'Forwarding local port'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `Available CLI environments:\n${lines.join('\n')}\n`;
}

function sorted<T>(byId: ReadonlyMap<string, T>): [string, T][] {
  return [...byId].sort(([a], [b]) => (a < b ? -1 : 1));
}
