import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Puts a file in place of another, all of it or nothing; for its owner alone unless a mode is given. A symbolic
 * link stays one; when root writes, the owner is who is named, else who it was. Throws the system's error.
 */
export function replaceFile(
  path: string,
  text: string,
  { mode = 0o600, owner }: { readonly mode?: number; readonly owner?: Owner | undefined } = {},
): void {
  const target = targetOf(path);
  const draft = join(dirname(target), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeFileSync(file, text);
      fchmodSync(file, mode);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    giveTo(draft, owner ?? statSync(target, { throwIfNoEntry: false }) ?? statSync(dirname(target)));
    renameSync(draft, target);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Makes a folder unless it is there, owned like the one it is made in. Throws the system's error. */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(path, { mode: 0o755 });
  giveTo(path, statSync(dirname(path)));
}

function giveTo(path: string, { uid, gid }: Owner): void {
  if (process.getuid?.() === 0) chownSync(path, uid, gid);
}

/** Where a link leads, even when nothing is there yet. */
function targetOf(path: string): string {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() !== true) return path;
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return realpathSync(path);
  return resolve(realpathSync(dirname(path)), readlinkSync(path));
}
