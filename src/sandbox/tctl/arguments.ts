import { parseArgs } from 'node:util';

export interface Arguments {
  readonly command: string | undefined;
  readonly operands: readonly string[];
  readonly identity: string | undefined;
  readonly authServer: string | undefined;
  readonly force: boolean;
  readonly format: string;
}

/** The part of tctl's command line that the stand-in knows. Throws an Error for anything else. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      identity: { type: 'string', short: 'i' },
      'auth-server': { type: 'string' },
      config: { type: 'string', short: 'c' },
      insecure: { type: 'boolean' },
      debug: { type: 'boolean', short: 'd' },
      force: { type: 'boolean', short: 'f' },
      format: { type: 'string' },
      verbose: { type: 'boolean', short: 'v' },
    },
  });
  const [command, ...operands] = positionals;
  return {
    command,
    operands,
    identity: values.identity,
    authServer: values['auth-server'],
    force: values.force ?? false,
    format: values.format ?? 'yaml',
  };
}
