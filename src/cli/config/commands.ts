import type { Command } from 'commander';
import { addEngineFlags } from '../engine/flags.ts';
import type { Run } from '../host.ts';
import { addRemove, addSwitch } from './choose.ts';
import { addCreate } from './create.ts';
import { addSetGlobal, addShowGlobal } from './global.ts';
import { addList } from './list.ts';
import { addUpdate } from './update.ts';
import { addView } from './view.ts';

export function addConfigCommands(noun: Command, run: Run): void {
  addCreate(noun, run);
  addUpdate(noun, run);
  addView(noun, run);
  addList(noun, run);
  addSwitch(noun, run);
  addRemove(noun, run);
  addShowGlobal(noun, run);
  addSetGlobal(noun, run);
  for (const command of noun.commands) addEngineFlags(command, 'none');
}
