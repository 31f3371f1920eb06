import type { Command } from 'commander';
import { cleanupOptions } from '../../config/cleanup-options.ts';
import type { Run } from '../host.ts';
import { addOutputFlag, print } from '../output.ts';
import { addFlags, readFlags } from './flags.ts';

const ABOUT = `
For an environment that was renamed or retired: a sidecar that runs no more cannot remove what it registered.
Only what a sidecar made for this very environment is removed; running it again does no harm.

Examples:
  $ dblab teleport cleanup --environment-id old --dry-run    show what would be removed
  $ dblab teleport cleanup --environment-id old              show it, ask, then remove
  $ dblab teleport cleanup --environment-id old --yes        remove without asking

Exit codes: 0 nothing of it is left, 1 something is, 2 wrong usage.`;

export function addCleanup(noun: Command, run: Run): void {
  const command = noun
    .command('cleanup')
    .description('Remove from Teleport what an environment left behind there.')
    .addHelpText('after', ABOUT)
    .action(async () => {
      const { values } = readFlags(cleanupOptions, command, run);
      const { cleanUp } = await import('./cleaning.ts');
      await cleanUp(values, (shown) => print(shown, command, run), run);
    });
  addFlags(command, cleanupOptions);
  addOutputFlag(command);
}
