import type { Command } from 'commander';
import { changeEnvironments, FILE, quoted } from '../environments/store.ts';
import { Failure, type Run, UsageError } from '../host.ts';
import { addEnvironmentFlags, newEnvironment } from './environment-flags.ts';

const EXAMPLES = `
The environment becomes the current one.

Example:
  $ dblab config create staging --url https://staging.example.com/api --token '$STAGING_TOKEN'`;

export function addCreate(noun: Command, run: Run): void {
  const command = noun
    .command('create')
    .description('Add an environment: an Engine by a name of your own.')
    .argument('<NAME>', 'how to call the Engine here')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string) => {
      await createEnvironment(id, command, run);
      run.stdout.write(`The ${quoted(id)} environment is successfully created.\n`);
    });
  addEnvironmentFlags(command);
}

/** Adds the environment that the flags of `command` describe, and makes it the current one. */
export async function createEnvironment(id: string, command: Command, run: Run): Promise<void> {
  if (!/^[^\p{Cc}]{1,100}$/u.test(id) || id === '__proto__') {
    throw new UsageError('The name of an environment has 1 to 100 characters, and no control characters.');
  }
  const edits = newEnvironment(id, command);
  await changeEnvironments(run, ({ byId }) => {
    if (byId.has(id)) {
      throw new Failure(
        `Environment ${quoted(id)} is already initialized in ${FILE}: "dblab config update" changes it.`,
      );
    }
    return [{ path: ['current_environment'], value: id }, ...edits];
  });
}
