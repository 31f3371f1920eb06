import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { Secret } from '../lib/secret.ts';
import { readSmallFile } from '../lib/small-file.ts';

/*
 * A note that a running sandbox leaves for the same user's other commands, so that they find its Engine
 * without being told. The folder for temporary files is shared: what another user may have written there
 * is not believed, for passwords are sent to the address in the note.
 */

export interface SandboxState {
  readonly url: string;
  readonly token: Secret;
  readonly environmentId: string;
  readonly pid: number;
}

const schema = z.object({
  url: z.string(),
  token: z.string().transform((text) => new Secret(text)),
  environmentId: z.string(),
  pid: z.int().positive(),
});

/** Where the note lies: a folder per user. */
export function stateFolder(): string {
  return join(tmpdir(), `dblab-sandbox-${process.getuid?.() ?? 'user'}`);
}

/** Leaves the note, in place of that of an earlier sandbox; throws where the folder belongs to somebody else. */
export function writeState(state: SandboxState, folder = stateFolder()): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!isOurs(folder))
    throw new Error(`${folder} belongs to another user, or others may write to it: remove it.`);
  const draft = join(folder, `${state.pid}.json`);
  writeFileSync(draft, JSON.stringify({ ...state, token: state.token.reveal() }), { mode: 0o600 });
  renameSync(draft, join(folder, 'state.json'));
}

/** The note of a sandbox that still runs, as far as `isAlive` knows. */
export function readState(
  isAlive: (pid: number) => boolean,
  folder = stateFolder(),
): SandboxState | undefined {
  if (!isOurs(folder)) return undefined;
  try {
    const state = schema.safeParse(JSON.parse(readSmallFile(join(folder, 'state.json'), 65_536)));
    return state.success && isAlive(state.data.pid) ? state.data : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the note of this sandbox away, but not that of a later one. */
export function removeState(pid: number, folder = stateFolder()): void {
  if (readState((other) => other === pid, folder) !== undefined)
    rmSync(join(folder, 'state.json'), { force: true });
}

function isOurs(folder: string): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isDirectory()) return false;
  const user = process.getuid?.();
  return user === undefined || (stat.uid === user && (stat.mode & 0o022) === 0);
}
