import { Argument, type Command } from 'commander';
import { PIECES, renderOptions } from '../../setup/render.ts';
import type { Run } from '../host.ts';
import { addFlags, readFlags } from './flags.ts';

const ABOUT = `
Pieces:
  role, user-role   the roles, for "tctl create -f"
  tbot, tbot-unit   configuration and systemd unit of tbot
  unit              systemd unit of the sidecar
  agent             what the agent's teleport.yaml needs
  server-yml        what the Engine's server.yml needs

Examples:
  $ dblab teleport render role | tctl create -f
  $ dblab teleport render agent --environment-id prod
  $ dblab teleport render unit > /etc/systemd/system/dblab-teleport-sidecar.service`;

export function addRender(noun: Command, run: Run): void {
  const names = PIECES.map(({ name }) => name);
  const command = noun
    .command('render')
    .description('Print one piece of an installation, for those who put it in place by other means.')
    .addArgument(new Argument('<piece>', 'which').choices(names))
    .addHelpText('after', ABOUT)
    .action((name: string) => {
      const piece = PIECES.find((it) => it.name === name);
      const needed = Object.entries(renderOptions).filter(([option]) =>
        piece?.needs.some((it) => it === option),
      );
      const table = Object.fromEntries(needed) as typeof renderOptions;
      run.stdout.write(piece?.text(readFlags(table, command, run).values) ?? '');
    });
  addFlags(command, renderOptions, 'Where the piece depends on it:');
}
