import type { Command } from 'commander';
import type { InstanceDocument } from '../../engine/instance-document.ts';
import { addEngineFlags } from '../engine/flags.ts';
import type { Run } from '../host.ts';
import { addOutputFlag, print } from '../output.ts';

export function addStatus(noun: Command, run: Run): void {
  const command = noun
    .command('status')
    .description('Show the state of the Engine: version, pools, clones and the refresh of data.')
    .addHelpText('after', '\nExamples:\n  $ dblab instance status\n  $ dblab instance status --output json')
    .action(() => status(command, run));
  addOutputFlag(command);
  addEngineFlags(command);
}

async function status(command: Command, run: Run): Promise<void> {
  const [{ withEngine }, { readInstance }, { viewOf, poolLine }] = await Promise.all([
    import('../engine/connection.ts'),
    import('../../engine/instance-document.ts'),
    import('./view.ts'),
  ]);
  const instance = await withEngine(command, run, ({ requests }) => readInstance(requests, run.signal));
  const shown = {
    value: viewOf(instance),
    head: ['', 'State'],
    rows: [
      ['Engine', sentence(instance.status.code, instance.status.message)],
      ['Version', instance.engine?.version],
      ['Edition', instance.engine?.edition],
      ['Instance ID', instance.engine?.instanceID],
      ['Running since', instance.engine?.startedAt],
      ['Clones', instance.cloning?.numClones],
      ...refreshRows(instance),
      ...(instance.pools ?? []).map((pool) => [`Pool ${pool.name}`, poolLine(pool)]),
    ],
    empty: '',
  };
  await print(shown, command, run);
}

function refreshRows({ retrieving }: InstanceDocument) {
  if (!retrieving) return [];
  const { mode, status: state, lastRefresh, nextRefresh, alerts } = retrieving;
  return [
    ['Refresh of data', `${mode}, ${state}`],
    ['Last refresh', lastRefresh || 'never'],
    ['Next refresh', nextRefresh || 'none is planned'],
    ...Object.entries(alerts ?? {}).map(([name, alert]) => [
      `Alert ${name}`,
      sentence(alert.level ?? '', alert.message),
    ]),
  ];
}

function sentence(word: string, text: string | null | undefined): string {
  return text ? `${word}: ${text}` : word;
}
