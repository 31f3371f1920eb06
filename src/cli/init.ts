import type { Command } from 'commander';
import { createEnvironment } from './config/create.ts';
import { addEnvironmentFlags } from './config/environment-flags.ts';
import { addEngineFlags } from './engine/flags.ts';
import { quoted } from './environments/store.ts';
import type { Run } from './host.ts';

const EXAMPLES = `
The environment becomes the current one: commands that name no Engine speak to this one.

Examples:
  $ dblab init --environment-id prod --url https://dblab.example.com/api --token '$PROD_TOKEN'
  $ dblab init --environment-id local --url http://localhost:2345 --token secret_token`;

export function addInit(command: Command, run: Run): void {
  command
    .requiredOption('--environment-id <NAME>', 'how to call the Engine here')
    .addHelpText('after', EXAMPLES)
    .action(async ({ environmentId }: { environmentId: string }) => {
      await createEnvironment(environmentId, command, run);
      run.stdout.write(
        `Database Lab CLI is successfully initialized. Environment ${quoted(environmentId)} is created.\n`,
      );
    });
  addEnvironmentFlags(command);
  addEngineFlags(command, 'none');
}
