import type { Command } from 'commander';
import { changeEnvironments, readEnvironments } from '../environments/store.ts';
import { isTimeZone } from '../environments/time-zone.ts';
import { type Run, UsageError } from '../host.ts';

export function addShowGlobal(noun: Command, run: Run): void {
  noun
    .command('show-global')
    .description('Show the settings that hold for every environment, as JSON.')
    .addHelpText('after', '\nExample:\n  $ dblab config show-global')
    .action(() => {
      run.stdout.write(`${JSON.stringify({ tz: readEnvironments(run).tz }, null, 4)}\n`);
    });
}

export function addSetGlobal(noun: Command, run: Run): void {
  noun
    .command('set-global')
    .description('Change the settings that hold for every environment.')
    .option('--tz <ZONE>', 'time zone in which times are shown, such as Europe/Berlin; empty is UTC')
    .addHelpText('after', '\nExample:\n  $ dblab config set-global --tz Europe/Berlin')
    .action(async ({ tz }: { tz?: string }) => {
      if (tz === undefined) throw new UsageError('Config unchanged. Set options to update: --tz ZONE.');
      if (tz !== '' && !isTimeZone(tz)) {
        throw new UsageError(
          `--tz ${JSON.stringify(tz)} is no time zone. Write it like Europe/Berlin or UTC.`,
        );
      }
      await changeEnvironments(run, () => [{ path: ['settings', 'tz'], value: tz }]);
      run.stdout.write('CLI settings has been successfully updated.\n');
    });
}
