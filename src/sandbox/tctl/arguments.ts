import { parseArgs } from 'node:util';

export interface Arguments {
  readonly command: string | undefined;
  readonly operands: readonly string[];
  readonly identity: string | undefined;
  readonly authServer: string | undefined;
  readonly force: boolean;
  readonly format: string;
  readonly roles: string | undefined;
  readonly user: string | undefined;
  readonly ttl: string | undefined;
  readonly type: string | undefined;
  /** Where a file is to be written. */
  readonly out: string | undefined;
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
      roles: { type: 'string' },
      user: { type: 'string' },
      ttl: { type: 'string' },
      type: { type: 'string' },
      out: { type: 'string', short: 'o' },
      overwrite: { type: 'boolean' },
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
    roles: values.roles,
    user: values.user,
    ttl: values.ttl,
    type: values.type,
    out: values.out,
  };
}
