import type { Command } from 'commander';
import type { Run } from '../host.ts';
import { addCreate } from './create.ts';
import { addDelete } from './delete.ts';
import { addList } from './list.ts';
import { addUpdate } from './update.ts';

export function addSnapshotCommands(noun: Command, run: Run): void {
  addList(noun, run);
  addCreate(noun, run);
  addUpdate(noun, run);
  addDelete(noun, run);
  noun.addHelpText(
    'after',
    '\nExamples:\n  $ dblab snapshot list\n  $ dblab snapshot create --clone-id my-clone',
  );
}
