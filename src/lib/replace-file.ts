import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
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

/**
 * Puts a file for its owner alone in place of another, all of it or nothing. A symbolic link stays one; when
 * root writes, the owner stays who it was. Throws the system's error.
 */
export function replaceFile(path: string, text: string): void {
  const target = targetOf(path);
  const draft = join(dirname(target), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    giveTo(draft, statSync(target, { throwIfNoEntry: false }) ?? statSync(dirname(target)));
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

function giveTo(path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  if (process.getuid?.() === 0) chownSync(path, uid, gid);
}

/** Where a link leads, even when nothing is there yet. */
function targetOf(path: string): string {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() !== true) return path;
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return realpathSync(path);
  return resolve(realpathSync(dirname(path)), readlinkSync(path));
}
