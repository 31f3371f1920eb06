import type { Command } from 'commander';
import { directOptions, statusOptions } from '../../config/status-options.ts';
import { FAILED, type Run, UsageError } from '../host.ts';
import { addOutputFlag, print } from '../output.ts';
import type { Eyes } from './eyes.ts';
import { addFlags, readFlags } from './flags.ts';

const ABOUT = `
Asks the sidecar of this host. Where none answers, Engine and Teleport are read as the sidecar would read
them, for which its settings are needed; nothing is changed.

Examples:
  $ dblab teleport status
  $ dblab teleport status --watch
  $ dblab teleport status --output json | jq .troubles

Exit codes: 0 in step, 1 not in step, 2 wrong usage. --watch ends with 0.`;

export function addStatus(noun: Command, run: Run): void {
  const command = noun
    .command('status')
    .description('Show the clones beside their registrations and the agents that serve them.')
    .addHelpText('after', ABOUT)
    .action(() => status(command, run));
  addFlags(command, statusOptions);
  addOutputFlag(command);
  addFlags(command, directOptions, 'Where no sidecar answers:');
}

async function status(command: Command, run: Run): Promise<void> {
  const { watch } = readFlags(statusOptions, command, run).values;
  const { output } = command.opts<{ output?: string }>();
  if (watch && output !== undefined && output !== 'table') {
    throw new UsageError(
      `--watch shows a table on a terminal and lines elsewhere: leave --output ${output} out.`,
    );
  }
  const { Eyes } = await import('./eyes.ts');
  const eyes = new Eyes(command, run);
  try {
    if (watch) await watchWith(eyes, run);
    else await showOnce(eyes, command, run);
  } finally {
    await eyes.close();
  }
}

async function watchWith(eyes: Eyes, run: Run): Promise<void> {
  const { watchStatus } = await import('./status-watch.ts');
  await watchStatus((signal) => eyes.look(signal), run);
}

async function showOnce(eyes: Eyes, command: Command, run: Run): Promise<void> {
  const { shownStatus } = await import('./status-view.ts');
  const seen = await eyes.look(run.signal);
  await print(shownStatus(seen, run), command, run);
  if (!seen.picture.inStep) run.exitWith(FAILED);
}
