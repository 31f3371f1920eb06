import type { Command } from 'commander';
import { type Environment, isNoDuration } from '../environments/environment.ts';
import { readEnvironments } from '../environments/store.ts';
import { shownToken } from '../environments/token.ts';
import { Failure, type Run } from '../host.ts';
import { environmentOf } from './find.ts';

export function addView(noun: Command, run: Run): void {
  noun
    .command('view')
    .description('Show an environment as JSON, the current one unless named.')
    .argument('[ENVIRONMENT_ID]', 'the environment')
    .option('--show-token', 'the token as well, instead of ***')
    .addHelpText('after', '\nExamples:\n  $ dblab config view\n  $ dblab config view prod --show-token')
    .action((id: string | undefined, { showToken = false }: { showToken?: boolean }) => {
      const environments = readEnvironments(run);
      const chosen = id ?? environments.current;
      if (chosen === '' && environments.byId.size > 0) {
        throw new Failure(
          'There is no current environment: name one, or choose one with "dblab config switch".',
        );
      }
      const shown = asOriginal(chosen, environmentOf(chosen, environments), showToken);
      run.stdout.write(`${JSON.stringify(shown, null, 4)}\n`);
    });
}

/** An environment as the original shows it. */
export function asOriginal(
  id: string,
  environment: Environment,
  showToken: boolean,
): Record<string, unknown> {
  const { url, token, insecure, requestTimeout, forwarding, currentBranch } = environment;
  return {
    environment_id: id,
    url,
    token: showToken ? token.reveal() : shownToken(token),
    insecure,
    ...(!isNoDuration(requestTimeout) && { request_timeout: requestTimeout }),
    forwarding: {
      server_url: forwarding.serverUrl,
      local_port: forwarding.localPort,
      identity_file: forwarding.identityFile,
    },
    branching: { current_branch: currentBranch },
  };
}
