import { type Command, InvalidArgumentError, Option } from 'commander';

export type ExtraConfig = Readonly<Record<string, string>>;

export function addExtraConfigFlag(command: Command): void {
  command.addOption(
    new Option(
      '--extra-config <NAME=VALUE>',
      'setting of PostgreSQL for the clone; may be repeated',
    ).argParser((text: string, before: ExtraConfig = {}) => ({ ...before, ...readSettings(text) })),
  );
}

/** As the original, it takes several at once: `work_mem=8MB,jit=off`. A comma within a value stays. */
function readSettings(text: string): ExtraConfig {
  return Object.fromEntries(
    text.split(/,(?=[\w.]+=)/).map((setting) => {
      const at = setting.indexOf('=');
      if (at < 1) throw new InvalidArgumentError('It must be NAME=VALUE, as in work_mem=8MB.');
      return [setting.slice(0, at), setting.slice(at + 1)];
    }),
  );
}
