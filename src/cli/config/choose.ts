import type { Command } from 'commander';
import { REMOVE } from '../environments/file-text.ts';
import { changeEnvironments, quoted } from '../environments/store.ts';
import type { Run } from '../host.ts';
import { environmentOf } from './find.ts';

export function addSwitch(noun: Command, run: Run): void {
  noun
    .command('switch')
    .description('Make an environment the current one.')
    .argument('<ENVIRONMENT_ID>', 'the environment')
    .addHelpText('after', '\nExample:\n  $ dblab config switch staging')
    .action(async (id: string) => {
      await changeEnvironments(run, (before) => {
        environmentOf(id, before);
        return [{ path: ['current_environment'], value: id }];
      });
      run.stdout.write(`The CLI environment is successfully switched to ${quoted(id)}.\n`);
    });
}

export function addRemove(noun: Command, run: Run): void {
  noun
    .command('remove')
    .description('Forget an environment; nothing happens to its Engine.')
    .argument('<ENVIRONMENT_ID>', 'the environment')
    .addHelpText('after', '\nExample:\n  $ dblab config remove staging')
    .action(async (id: string) => {
      let current = '';
      await changeEnvironments(run, (before) => {
        environmentOf(id, before);
        const [first = ''] = [...before.byId.keys()].filter((other) => other !== id).sort();
        current = before.current === id ? first : before.current;
        return [
          { path: ['environments', id], value: REMOVE },
          { path: ['current_environment'], value: current },
        ];
      });
      const now =
        current === ''
          ? 'There is no current environment.'
          : `The current environment is ${quoted(current)}.`;
      run.stdout.write(`Environment ${quoted(id)} is successfully removed.\n${now}\n`);
    });
}
