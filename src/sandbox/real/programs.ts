import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ExecaError, execa } from 'execa';

/*
 * The programs of one Teleport release, out of one folder. They run in a home of their own: no Teleport that
 * is installed on this machine, and no session of the person at the keyboard, is read or written.
 */

export type Program = 'teleport' | 'tctl' | 'tsh' | 'tbot';

export interface Place {
  /** Folder with the programs. */
  readonly bin: string;
  readonly home: string;
  /** What a process needs of our own environment, such as PATH. */
  readonly env: Readonly<Record<string, string>>;
}

const PATIENCE_MS = 60_000;

/** Rejects with a sentence that names what the folder lacks. */
export async function requirePrograms(bin: string, programs: readonly Program[]): Promise<void> {
  const missing: Program[] = [];
  for (const program of programs) {
    const isThere = access(join(bin, program), constants.X_OK);
    await isThere.catch(() => missing.push(program));
  }
  if (missing.length === 0) return;
  throw new Error(
    `${bin} holds no ${missing.join(', no ')} that can be run. ` +
      `Name a folder with ${programs.join(', ')} of one Teleport release for this machine.`,
  );
}

export function environmentIn({ env, home }: Pick<Place, 'env' | 'home'>): Record<string, string> {
  // Without "off" a program may replace itself by another release.
  return { ...env, HOME: home, TELEPORT_HOME: join(home, '.tsh'), TELEPORT_TOOLS_VERSION: 'off' };
}

export interface Errand {
  readonly program: Program;
  readonly args: readonly string[];
  readonly input?: string;
}

/** Runs a program to its end and answers what it printed; rejects with a sentence made of its complaint. */
export async function runProgram(place: Place, { program, args, input = '' }: Errand): Promise<string> {
  try {
    const { stdout } = await execa(join(place.bin, program), args, {
      input,
      env: environmentIn(place),
      extendEnv: false,
      timeout: PATIENCE_MS,
    });
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    throw new Error(`${program} ${args.join(' ')}: ${complaintOf(error)}`, { cause: error });
  }
}

function complaintOf({ stderr, shortMessage }: ExecaError): string {
  const text = stripVTControlCharacters(String(stderr ?? '')).trim();
  return text === '' ? shortMessage : text.replace(/^ERROR: /, '').replace(/\s*\n\s*/g, ' ');
}
