import type { Command } from 'commander';
import { UsageError } from '../host.ts';

export function addCloneId(command: Command): void {
  command.argument('[CLONE_ID]', 'the clone').option('--id <ID>', 'another way to name it');
}

/** The clone that a command is about, by position or by `--id`. Throws a `UsageError` unless it is one. */
export function cloneId(positional: string | undefined, flag: string | undefined, verb: string): string {
  const id = positional ?? flag;
  if (!id) {
    throw new UsageError(
      `Which clone? Name it: dblab clone ${verb} CLONE_ID. "dblab clone list" shows them.`,
    );
  }
  if (flag !== undefined && flag !== id)
    throw new UsageError(`Two clones are named: ${verb} them one by one.`);
  return id;
}
