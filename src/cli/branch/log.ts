import type { Command } from 'commander';
import type { CommitDocument } from '../../engine/branches.ts';
import { addEngineFlags } from '../engine/flags.ts';
import type { Run } from '../host.ts';
import { addOutputFlag, type OutputFlag, print } from '../output.ts';

export function addLog(noun: Command, run: Run): void {
  noun
    .argument('[NAME]', 'the branch; the current one otherwise')
    .addHelpText('after', '\nExamples:\n  $ dblab log\n  $ dblab log dev --output json')
    .action((name: string | undefined, flags: OutputFlag) => log(name, flags, noun, run));
  addOutputFlag(noun, 'lines of text');
  addEngineFlags(noun);
}

async function log(
  name: string | undefined,
  { output }: OutputFlag,
  command: Command,
  run: Run,
): Promise<void> {
  const [{ readLog }, { withEngine }, { history }] = await Promise.all([
    import('../../engine/branches.ts'),
    import('../engine/connection.ts'),
    import('./listing.ts'),
  ]);
  const commits = await withEngine(command, run, ({ requests, currentBranch }) =>
    readLog(name ?? currentBranch, requests, run.signal),
  );
  if (output === undefined) run.stdout.write(history(commits));
  else await print(shownAs(commits), command, run);
}

function shownAs(commits: readonly CommitDocument[]) {
  return {
    value: commits,
    head: ['Snapshot', 'Branches', 'Data of', 'Message'],
    rows: commits.map(({ id, branch, dataStateAt, message }) => [
      id,
      branch?.join(', '),
      dataStateAt,
      message,
    ]),
    empty: 'There are no snapshots.',
  };
}
