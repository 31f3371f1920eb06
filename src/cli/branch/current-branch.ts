import type { Command } from 'commander';
import type { Run } from '../host.ts';

/** The branch that commands mean when none is named, as the configuration file keeps it. */
export interface CurrentBranch {
  /** Undefined where the file has no current environment. */
  read(): string | undefined;
  /** Rejects with a `Failure` where there is none, or where the file cannot be written. */
  write(name: string): Promise<void>;
}

export const MAIN = 'main';

/** The branch of the file, which wins, as in the original; else of `--current-branch` or its variable; else `main`. */
export function branchInUse(stored: CurrentBranch, command: Command, { env }: Run): string {
  const flag: unknown = command.optsWithGlobals()['currentBranch'];
  const given = typeof flag === 'string' ? flag : env['DBLAB_CLI_CURRENT_BRANCH'];
  return stored.read() || given || MAIN;
}
