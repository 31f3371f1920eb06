import type { Command } from 'commander';
import { UsageError } from './host.ts';
import { type Protection, parseProtection } from './protection.ts';

/** As commander leaves it: true where no value follows the flag. */
export type ProtectedFlag = string | true;

export function addProtectedFlag(command: Command, description: string): void {
  command.option(
    '-p, --protected [VALUE]',
    `${description}: true, false, minutes, 30m, 2h, 7d, or 0 for ever`,
  );
}

/** Throws a `UsageError` for a value that means nothing. */
export function readProtectedFlag(flag: ProtectedFlag): Protection {
  const parsed = parseProtection(flag === true ? '' : flag);
  if (parsed.ok) return parsed.value;
  throw new UsageError(`${parsed.reason}.`);
}
