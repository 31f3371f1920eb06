import type { Command } from 'commander';
import { parseServeConfig } from '../../config/serve.ts';
import { serveOptions } from '../../config/serve-options.ts';
import { createLog } from '../../lib/log.ts';
import { FAILED, type Run, UsageError } from '../host.ts';
import { addFlags, listed, sourcesOf } from './flags.ts';

const EXAMPLES = `
A flag wins over its variable, which stands in brackets; secrets are best given as variables or files.

Examples:
  $ export DBLAB_TOKEN=... WEBHOOK_SECRET=...
  $ dblab teleport serve --environment-id prod --teleport-proxy teleport.example.com:443 \\
      --teleport-identity /etc/dblab/teleport-identity-dir/identity --listen-addr 0.0.0.0:9876
  $ dblab teleport serve ... --dry-run    show what would be changed
  $ dblab teleport serve ... --once       put in step once, for cron or a check

Exit codes: 0 fine, 1 failed, 2 wrong usage, 78 an edition of the Engine that cannot be served.`;

export function addServe(noun: Command, run: Run): void {
  const command = noun
    .command('serve')
    .description('Run the sidecar: register every ready clone in Teleport, and remove what is gone.')
    .addHelpText('after', EXAMPLES)
    .action(async () => run.exitWith(await serveWith(command, run)));
  addFlags(command, serveOptions);
}

async function serveWith(command: Command, run: Run): Promise<number> {
  const parsed = parseServeConfig(sourcesOf(command, run));
  if (!parsed.ok) throw new UsageError(listed(command, parsed.problems));
  const { config } = parsed;
  const log = await createLog({ level: config.logLevel, format: config.logFormat, destination: run.stderr });
  const { serve } = await import('../../serve.ts');
  try {
    return await serve(config, { ...run, log, stdout: (text) => run.stdout.write(text) });
  } catch (error) {
    log.error(
      { error },
      'Ended by an error that nobody expected; --log-level debug shows where it comes from.',
    );
    return FAILED;
  }
}
