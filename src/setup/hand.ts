/** The hand that touches the host: files put in place as a whole, with a copy of what was there. */
import { chmodSync, chownSync, constants, copyFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Owner as Account, replaceFile } from '../lib/replace-file.ts';
import type { HostFiles } from '../site/host-files.ts';
import { accountOf } from '../site/units.ts';
import type { FileChange, FolderChange, Owner, PermissionsChange } from './change.ts';
import { SetupError } from './step.ts';

export interface Permissions {
  readonly mode: number;
  readonly owner?: Owner | undefined;
}

/** Throws a `SetupError` when the file is not what it was when the plan was made, or cannot be written. */
export async function writeFile(files: HostFiles, change: FileChange, stamp: string): Promise<void> {
  const { path, before, after, mode } = change;
  const now = await files.read(path);
  const text = now.state === 'read' ? now.text : undefined;
  if (text !== before) {
    throw new SetupError(
      `${path} was changed by somebody else meanwhile: run setup again. It was left as it is.`,
    );
  }
  const owner = await accountFor(files, change.owner);
  told(path, () => {
    mkdirSync(dirname(files.at(path)), { recursive: true, mode: 0o755 });
    const copy = before === undefined ? undefined : backUp(files.at(path), stamp);
    try {
      replaceFile(files.at(path), after, { mode, owner });
    } catch (error) {
      if (copy !== undefined) rmSync(copy, { force: true });
      throw error;
    }
  });
}

export async function writeSecret(files: HostFiles, path: string, text: string, owner: Owner): Promise<void> {
  const account = await accountFor(files, owner);
  told(path, () => {
    mkdirSync(dirname(files.at(path)), { recursive: true, mode: 0o755 });
    replaceFile(files.at(path), text, { mode: 0o600, owner: account });
  });
}

export async function makeFolder(files: HostFiles, { path, mode, owner }: FolderChange): Promise<void> {
  told(path, () => mkdirSync(files.at(path), { recursive: true }));
  await giveTo(files, path, { mode, owner });
}

export async function giveTo(
  files: HostFiles,
  path: string,
  { mode, owner }: Permissions | PermissionsChange,
): Promise<void> {
  const account = await accountFor(files, owner);
  told(path, () => {
    chmodSync(files.at(path), mode);
    if (account !== undefined && process.getuid?.() === 0)
      chownSync(files.at(path), account.uid, account.gid);
  });
}

/** Beside it, with its mode and owner; never over an older copy. Answers its path. */
function backUp(path: string, stamp: string): string {
  const copy = `${path}.bak-${stamp}`;
  copyFileSync(path, copy, constants.COPYFILE_EXCL);
  const { mode, uid, gid } = statSync(path);
  chmodSync(copy, mode & 0o777);
  if (process.getuid?.() === 0) chownSync(copy, uid, gid);
  return copy;
}

/** An account that the host does not have yet owns nothing: the file stays its maker's. */
async function accountFor(files: HostFiles, owner: Owner | undefined): Promise<Account | undefined> {
  if (owner === undefined || 'uid' in owner) return owner;
  const passwd = await files.read('/etc/passwd');
  return passwd.state === 'read' ? accountOf(passwd.text, owner.user) : undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there (run setup as root)',
  EPERM: 'this user may not write there (run setup as root)',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'no space is left for this user',
};

function told(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reason = REASONS[code] ?? (error instanceof Error ? error.message : String(error));
    throw new SetupError(`${path} cannot be written: ${reason}. What was there is untouched.`);
  }
}
