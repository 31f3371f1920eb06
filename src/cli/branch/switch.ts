import type { Command } from 'commander';
import { printable } from '../../lib/printable.ts';
import { addEngineFlags } from '../engine/flags.ts';
import { Failure, type Run } from '../host.ts';

export function addSwitch(noun: Command, run: Run): void {
  noun
    .argument('<NAME>', 'the branch')
    .addHelpText('after', '\nExamples:\n  $ dblab switch dev')
    .action((name: string) => switchTo(name, noun, run));
  addEngineFlags(noun);
}

async function switchTo(name: string, command: Command, run: Run): Promise<void> {
  const [{ readBranches }, { withEngine }, { switchBranch }] = await Promise.all([
    import('../../engine/branches.ts'),
    import('../engine/connection.ts'),
    import('../environments/branch.ts'),
  ]);
  const branches = await withEngine(command, run, ({ requests }) => readBranches(requests, run.signal));
  if (!branches.some((branch) => branch.name === name)) {
    throw new Failure(
      `The Engine has no branch ${JSON.stringify(name)}: "dblab branch" lists them, "dblab branch NAME" makes one.`,
    );
  }
  await switchBranch(name, run);
  run.stdout.write(`Switched to branch '${printable(name)}'\n`);
}
