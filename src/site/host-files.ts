/**
 * The files of a host, below a folder that stands for its root. It promises that whatever is there comes
 * back as a value: a file that is absent or closed is a finding, not an exception.
 */
import { constants } from 'node:fs';
import { access, lstat, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface Standing {
  readonly isFolder: boolean;
  /** Permission bits, without the kind of file. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modifiedAt: number;
}

export type Reading =
  | { readonly state: 'absent' }
  /** `reason` is the end of a sentence. */
  | { readonly state: 'closed'; readonly reason: string }
  | { readonly state: 'read'; readonly text: string; readonly standing: Standing };

/** More than any configuration holds. */
const MOST_BYTES = 4 * 1024 * 1024;

export class HostFiles {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Where a path of the host lies for this process. */
  at(path: string): string {
    return join(this.root, path);
  }

  /** Undefined where there is nothing, or nothing that may be seen. */
  async standing(path: string): Promise<Standing | undefined> {
    const stats = await stat(this.at(path)).catch(() => undefined);
    return stats && standingOf(stats);
  }

  async read(path: string): Promise<Reading> {
    try {
      const file = await open(this.at(path), constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const stats = await file.stat();
        if (!stats.isFile()) return { state: 'closed', reason: 'it is not a regular file' };
        const buffer = Buffer.alloc(Math.min(stats.size, MOST_BYTES) + 1);
        const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
        if (bytesRead > MOST_BYTES) return { state: 'closed', reason: 'it is larger than 4 MiB' };
        return {
          state: 'read',
          text: buffer.toString('utf8', 0, bytesRead),
          standing: standingOf(stats),
        };
      } finally {
        await file.close();
      }
    } catch (error) {
      return notRead(error);
    }
  }

  /** Names in a folder; none where it is absent or closed. */
  async list(path: string): Promise<readonly string[]> {
    return readdir(this.at(path)).catch(() => []);
  }

  async isExecutable(path: string): Promise<boolean> {
    return access(this.at(path), constants.X_OK).then(
      () => true,
      () => false,
    );
  }

  /** Whether something bears the name, be it a link that leads nowhere. */
  async isTaken(path: string): Promise<boolean> {
    return lstat(this.at(path)).then(
      () => true,
      () => false,
    );
  }
}

function standingOf(stats: Awaited<ReturnType<typeof stat>>): Standing {
  return {
    isFolder: stats.isDirectory(),
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    modifiedAt: Number(stats.mtimeMs),
  };
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read it (try again as root)',
  EPERM: 'this user may not read it (try again as root)',
  ELOOP: 'its symbolic links lead round in a circle',
  EISDIR: 'it is a folder',
};

function notRead(error: unknown): Reading {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return { state: 'absent' };
  const message = error instanceof Error ? error.message : String(error);
  return { state: 'closed', reason: REASONS[code] ?? message };
}

/** Permission bits as people write them: `0600`. */
export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
