import type { Command } from 'commander';
import type { Run } from '../host.ts';
import { addCreate } from './create.ts';
import { addDestroy } from './destroy.ts';
import { addList } from './list.ts';
import { addReset } from './reset.ts';
import { addStatus } from './status.ts';
import { addUpdate } from './update.ts';

export function addCloneCommands(noun: Command, run: Run): void {
  addCreate(noun, run);
  addList(noun, run);
  addStatus(noun, run);
  addUpdate(noun, run);
  addReset(noun, run);
  addDestroy(noun, run);
}
