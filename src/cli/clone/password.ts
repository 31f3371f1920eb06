import { randomBytes } from 'node:crypto';
import { Secret } from '../../lib/secret.ts';
import { readSmallFile } from '../../lib/small-file.ts';
import { Failure, type Run, type Terminal, UsageError } from '../host.ts';

export interface PasswordFlags {
  readonly username: string;
  readonly password?: string;
  readonly passwordFile?: string;
}

export interface Password {
  readonly value: Secret;
  /** Made here: nobody knows it yet. */
  readonly isMade: boolean;
}

const VARIABLE = 'DBLAB_CLONE_PASSWORD';
const LONGEST_BYTES = 4_096;

/**
 * The password for the new database user: the flag, a file, the variable, else what a person types. Where
 * nobody is there or nothing is typed, a random one of 192 bits.
 */
export async function passwordFor(flags: PasswordFlags, run: Run): Promise<Password> {
  const given =
    givenPassword(flags, run.env) || (run.terminal && (await ask(flags.username, run.terminal, run)));
  if (given) return { value: new Secret(given), isMade: false };
  return { value: new Secret(randomBytes(24).toString('base64url')), isMade: true };
}

function givenPassword({ password, passwordFile }: PasswordFlags, env: Run['env']): string | undefined {
  if (password !== undefined && passwordFile !== undefined) {
    throw new UsageError('--password and --password-file are both given: keep one of them.');
  }
  if (password === '') {
    throw new UsageError('--password is empty. Leave it out to be asked for one, or to have one made.');
  }
  return password ?? (passwordFile === undefined ? env[VARIABLE] : fileText(passwordFile));
}

function fileText(path: string): string {
  const text = readText(path).replace(/\r?\n$/, '');
  if (text === '') throw new Failure(`The password file ${JSON.stringify(path)} is empty.`);
  if (/[\r\n]/.test(text)) {
    throw new Failure(`The password file ${JSON.stringify(path)} holds several lines: one is expected.`);
  }
  return text;
}

function readText(path: string): string {
  try {
    return readSmallFile(path, LONGEST_BYTES);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown reason';
    throw new Failure(`The password file ${JSON.stringify(path)} cannot be read: ${why}.`);
  }
}

async function ask(username: string, terminal: Terminal, { signal }: Run): Promise<string> {
  const { isCancel, password } = await import('@clack/prompts');
  const message = `Password for the new database user ${JSON.stringify(username)} (Enter alone: one is made for you)`;
  const typed = await password({ ...terminal, message, signal });
  if (isCancel(typed)) throw new Failure('Interrupted: nothing was ordered.');
  return typed ?? '';
}
