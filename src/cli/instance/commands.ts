import type { Command } from 'commander';
import type { Run } from '../host.ts';
import { addFullRefresh } from './full-refresh.ts';
import { addStatus } from './status.ts';
import { addVersion } from './version.ts';

export function addInstanceCommands(noun: Command, run: Run): void {
  addStatus(noun, run);
  addVersion(noun, run);
  addFullRefresh(noun, run);
  noun.addHelpText('after', '\nExamples:\n  $ dblab instance status\n  $ dblab instance full-refresh');
}
