import { type Command, Option } from 'commander';
import type { Environments } from '../environments/environment.ts';
import { type Edit, REMOVE } from '../environments/file-text.ts';
import { changeEnvironments, quoted } from '../environments/store.ts';
import { Failure, type Run, UsageError } from '../host.ts';
import { addEnvironmentFlags, typedEdits } from './environment-flags.ts';
import { environmentOf } from './find.ts';
import { asOriginal } from './view.ts';

const EXAMPLES = `
What is not named stays. The environment becomes the current one.

Examples:
  $ dblab config update prod --token '$NEW_TOKEN'
  $ dblab config update prod --request-timeout 0     the default again`;

export function addUpdate(noun: Command, run: Run): void {
  const command = noun
    .command('update')
    .description('Change an environment.')
    .argument('<ENVIRONMENT_ID>', 'the environment')
    .addHelpText('after', EXAMPLES)
    .action((id: string) => update(id, command, run));
  addEnvironmentFlags(command);
  command.addOption(new Option('--no-insecure', 'accept only certificates that can be verified'));
}

async function update(id: string, command: Command, run: Run): Promise<void> {
  const edits = typedEdits(id, command);
  if (edits.length === 0) {
    throw new UsageError('Config unchanged. Set options to update: "dblab config update --help" lists them.');
  }
  let wasCurrent = true;
  await changeEnvironments(run, (before) => {
    wasCurrent = before.current === id;
    if (edits.every((edit) => isSo(edit, id, before))) {
      throw new Failure('Config unchanged. Set different option values to update.');
    }
    return [...edits, { path: ['current_environment'], value: id }];
  });
  run.stdout.write(`The ${quoted(id)} environment is successfully updated.\n`);
  if (!wasCurrent) run.stderr.write('It is the current environment now.\n');
}

function isSo({ path, value }: Edit, id: string, before: Environments): boolean {
  const [, , key = '', inner] = path;
  const kept: unknown = asOriginal(id, environmentOf(id, before), true)[key];
  const now = inner === undefined ? kept : (kept as Readonly<Record<string, unknown>>)[inner];
  return value === REMOVE ? now === undefined : now === value;
}
