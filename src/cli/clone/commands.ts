import type { Command } from 'commander';
import type { Run } from '../host.ts';
import { addCreate } from './create.ts';
import { addDestroy } from './destroy.ts';
import { addList } from './list.ts';

export function addCloneCommands(noun: Command, run: Run): void {
  addCreate(noun, run);
  addList(noun, run);
  addDestroy(noun, run);
}
