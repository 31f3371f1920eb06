import type { Command } from 'commander';
import type { Run } from '../host.ts';

/** Reads what was said by flag, or else by variable; nothing else is looked at. */
export interface Settings {
  text(flag: string, variable: string): string | undefined;
  yes(flag: string, variable: string): boolean | undefined;
}

export function settingsOf(command: Command, env: Run['env']): Settings {
  const flags = flagsOf(command);
  return {
    text: (flag, variable) => filled(flags[flag]) ?? filled(env[variable]),
    yes: (flag, variable) => (flags[flag] === true ? true : yesOrNo(env[variable])),
  };
}

/** A flag after the command wins over one before it. */
function flagsOf(command: Command): Readonly<Record<string, unknown>> {
  return command.parent === null ? command.opts() : { ...flagsOf(command.parent), ...command.opts() };
}

function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** As Go reads it; anything else counts as unset. */
function yesOrNo(value: string | undefined): boolean | undefined {
  if (/^(1|t|true)$/i.test(value ?? '')) return true;
  return /^(0|f|false)$/i.test(value ?? '') ? false : undefined;
}
