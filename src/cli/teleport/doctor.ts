import type { Command } from 'commander';
import { doctorOptions } from '../../config/setup-options.ts';
import { FAILED, type Run, UsageError } from '../host.ts';
import { addOutputFlag } from '../output.ts';
import { addFlags, readFlags } from './flags.ts';
import { addSiteFlags } from './site.ts';

const ABOUT = `
Looks at the whole way from the Engine to a colleague's psql, and says of each part whether it is as it has to
be, what was seen, and what to do. Changes nothing, unless --fix is given. On the host of the sidecar its
settings are found by themselves; run it as root to have every file looked at.

Examples:
  $ sudo dblab teleport doctor
  $ dblab teleport doctor --only clone-pg-hba,clone-tls
  $ dblab teleport doctor --json | jq '.checks[] | select(.verdict == "fail")'
  $ sudo dblab teleport doctor --fix

Exit codes: 0 nothing failed (warnings do not count), 1 something did, 2 wrong usage.`;

export function addDoctor(noun: Command, run: Run): void {
  const command = noun
    .command('doctor')
    .description('Find out why it does not work: every part, what was seen, and what to do.')
    .option('--json', 'the same as --output json')
    .addHelpText('after', ABOUT)
    .action(async () => {
      const { values } = readFlags(doctorOptions, command, run);
      const { output, json } = command.opts<{ output?: string; json?: boolean }>();
      if (json && output !== undefined && output !== 'json') {
        throw new UsageError(`--json and --output ${output} contradict each other: keep one.`);
      }
      const { diagnose } = await import('./diagnosis.ts');
      const isSound = await diagnose(command, { ...values, format: json ? 'json' : output }, run);
      if (!isSound) run.exitWith(FAILED);
    });
  addFlags(command, doctorOptions);
  addOutputFlag(command, 'one line for each check');
  addSiteFlags(command);
}
