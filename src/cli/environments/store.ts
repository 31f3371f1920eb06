import { dirname, join } from 'node:path';
import { printable } from '../../lib/printable.ts';
import { makeFolder, replaceFile } from '../../lib/replace-file.ts';
import { readSmallFile } from '../../lib/small-file.ts';
import { Failure, type Host, UsageError } from '../host.ts';
import type { Environment, Environments } from './environment.ts';
import { type Edit, edited, environmentsIn, NotEnvironments } from './file-text.ts';
import { LockHeld, withLock } from './lock.ts';

/*
 * The file of environments, shared with the original command line: `~/.dblab/cli/cli.yml`.
 */

const LARGEST = 256 * 1_024;

/** How the file is called in messages. */
export const FILE = '~/.dblab/cli/cli.yml';

/** Reads the file; without one there are no environments. Throws a `Failure` when it cannot be used. */
export function readEnvironments({ home }: Pick<Host, 'home'>): Environments {
  try {
    return environmentsIn(textOf(pathIn(home)));
  } catch (error) {
    throw unusable(error, 'Correct it, or move it away.');
  }
}

/**
 * For commands that can do without: whatever is wrong with the file is told on stderr, and the command goes
 * on with flags and variables.
 */
export function environmentsOrWarning({ home, stderr }: Pick<Host, 'home' | 'stderr'>): Environments {
  try {
    const environments = environmentsIn(textOf(pathIn(home)));
    const { current, byId } = environments;
    if (current !== '' && !byId.has(current)) {
      stderr.write(
        `Warning: ${FILE} names ${quoted(current)} as the current environment, which it does not hold: choose one with "dblab config switch".\n`,
      );
    }
    return environments;
  } catch (error) {
    stderr.write(`Warning: ${unusable(error, 'It is ignored: correct it, or move it away.').message}\n`);
    return { current: '', byId: new Map(), tz: '' };
  }
}

/**
 * Changes the file: `change` looks at what is there and says what to write, or throws. Nobody else changes it
 * meanwhile; what is not edited stays as it is. Throws a `Failure` when the file cannot be used or written.
 */
export async function changeEnvironments(
  host: Pick<Host, 'home' | 'clock' | 'signal'>,
  change: (before: Environments) => readonly Edit[],
): Promise<void> {
  const path = pathIn(host.home);
  try {
    makeFolder(join(host.home, '.dblab'));
    makeFolder(dirname(path));
    await withLock(`${path}.lock`, host.clock, host.signal, () => {
      const text = textOf(path);
      replaceFile(path, edited(text, change(environmentsIn(text))));
    });
  } catch (error) {
    if (error instanceof Failure || error instanceof UsageError || host.signal.aborted) throw error;
    throw unusable(error, 'Nothing was changed: correct that first.');
  }
}

/** The current environment and its id, if there is one. */
export function currentOf({
  current,
  byId,
}: Environments): (Environment & { readonly id: string }) | undefined {
  const environment = byId.get(current);
  return environment === undefined ? undefined : { id: current, ...environment };
}

export function quoted(id: string): string {
  return `"${printable(id)}"`;
}

function pathIn(home: string): string {
  return join(home, '.dblab', 'cli', 'cli.yml');
}

function textOf(path: string): string {
  try {
    return readSmallFile(path, LARGEST);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

function unusable(error: unknown, advice: string): Failure {
  if (error instanceof LockHeld) {
    return new Failure(
      `Another dblab has been changing ${FILE} for a while. Nothing was changed: remove ${FILE}.lock if none runs.`,
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  const what = error instanceof NotEnvironments ? 'is broken' : 'cannot be used';
  return new Failure(`${FILE} ${what}: ${printable(reason)}. ${advice}`);
}
