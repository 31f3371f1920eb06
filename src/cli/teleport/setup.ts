import type { Command } from 'commander';
import { setupOptions } from '../../config/setup-options.ts';
import { FAILED, type Run, UsageError } from '../host.ts';
import { addFlags, readFlags } from './flags.ts';
import { addSiteFlags, siteConfigOf } from './site.ts';

const ABOUT = `
Makes everything that lies between a DBLab Engine and a colleague's "tsh db connect": the roles, the bot and what
renews its identity, the agent's configuration, the clones' certificates, the Engine's settings and webhooks, the
sidecar as a service. Shows the plan with every difference, asks, keeps a copy of each file that it edits, and can be
run again at any time: what is right stays as it is. What only a person can do is listed at the end, in order.

Roles and bots take an administrator of Teleport: this host's Auth service, somebody who has logged in with
"tsh login", or --admin-identity. Without one the rest is made, and what an administrator has to type is listed.

Examples:
  $ sudo dblab teleport setup --environment-id prod --teleport-proxy teleport.example.com:443 \\
      --dblab-token-file /root/dblab-token --dry-run
  $ sudo dblab teleport setup                   again, with the settings of the installed sidecar
  $ dblab teleport setup ... --print ./files    write every file below ./files, and touch nothing else
  $ dblab teleport setup ... --identity-by user self-hosted without tbot

Exit codes: 0 all is made (or shown), 1 something is not, 2 wrong usage.`;

export function addSetup(noun: Command, run: Run): void {
  const command = noun
    .command('setup')
    .description('From nothing to working: make every part, after showing the plan.')
    .addHelpText('after', ABOUT)
    .action(async () => {
      const { values } = readFlags(setupOptions, command, run);
      const { dryRun = false, yes = false, print, identityBy } = values;
      if (print !== undefined && (dryRun || yes)) {
        throw new UsageError('--print changes nothing on the host: leave --yes and --dry-run out.');
      }
      const { install } = await import('./installation.ts');
      const config = await siteConfigOf(command, run);
      const isMade = await install(config, { identityBy, dryRun, yes, print }, run);
      if (!isMade) run.exitWith(FAILED);
    });
  addFlags(command, setupOptions);
  addSiteFlags(command);
}
