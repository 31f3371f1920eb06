import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestEnd } from '../world.ts';

/** A disk of its own, for temporary files. */
export interface Disk {
  readonly path: string;
  /** Takes the last byte and the last inode, and what was there before away, as cleaners of /tmp do. */
  fill(): Promise<void>;
  free(): Promise<void>;
}

const FILLING = 'filling';

/** Undefined where this user may not mount one. */
export async function openDisk(parent: string): Promise<Disk | undefined> {
  const path = join(parent, 'disk');
  await mkdir(path);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,nr_inodes=32,mode=1777', 'none', path]);
  if (mounted.status !== 0) return undefined;
  onTestEnd(() => spawnSync('umount', ['-l', path]));
  return {
    path,
    async fill() {
      for (const name of await readdir(path)) await rm(join(path, name), { recursive: true });
      await mkdir(join(path, FILLING));
      await untilFull((count) => writeFile(join(path, FILLING, String(count)), Buffer.alloc(4_096)));
      await untilFull((count) => writeFile(join(path, FILLING, `empty-${count}`), ''));
    },
    free: () => rm(join(path, FILLING), { recursive: true, force: true }),
  };
}

async function untilFull(take: (count: number) => Promise<void>): Promise<void> {
  for (let count = 0; ; count += 1) {
    try {
      await take(count);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}
