import { appendFile, chown, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { ACCESS_RULES, serverSettings } from './config.ts';
import { SEED_SQL } from './seed.ts';
import { type ServerHome, startServer } from './server.ts';

export interface TemplateMaterial {
  readonly binaries: Binaries;
  /** Certificate and key of the servers, PEM. */
  readonly certificate: string;
  readonly key: string;
  /** Who may sign the certificates of clients, PEM. */
  readonly clientCa: string;
}

/** One megabyte a WAL segment instead of 16: a third less to copy for each clone. */
const INITDB_FLAGS = [
  '--username=postgres',
  '--encoding=UTF8',
  '--locale=C',
  '--auth=trust',
  '--no-sync',
  '--wal-segsize=1',
];
const SEEDING_PORT = 5432; // names a socket in our own folder; nothing listens on TCP

/** Makes the data directory that clones are copies of: initialised, configured, seeded, cleanly stopped. */
export async function makeTemplate(
  data: string,
  material: TemplateMaterial,
  home: ServerHome,
  signal: AbortSignal,
): Promise<void> {
  await initialise(data, material.binaries.initdb, home.account);
  await configure(data, material, home.account);
  const server = await startServer({ data, port: SEEDING_PORT, address: '' }, home, signal);
  try {
    const client = await server.connect('postgres');
    await client.query(SEED_SQL);
    await client.end();
  } finally {
    await server.stop('cleanly');
  }
}

async function initialise(data: string, initdb: string, account: Account | undefined): Promise<void> {
  const result = await execa(initdb, [...INITDB_FLAGS, '--pgdata', data], {
    ...account,
    cwd: path.dirname(data),
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
  });
  if (result.failed) throw new Error(`initdb of PostgreSQL failed: ${result.stderr}`, { cause: result });
}

async function configure(
  data: string,
  material: TemplateMaterial,
  account: Account | undefined,
): Promise<void> {
  const version = Number.parseInt(await readFile(path.join(data, 'PG_VERSION'), 'utf8'), 10);
  const at = (name: string) => path.join(data, name);
  await appendFile(at('postgresql.conf'), serverSettings(version));
  await writeFile(at('pg_hba.conf'), ACCESS_RULES);
  await writeFile(at('teleport-ca.crt'), material.clientCa, { mode: 0o644 });
  await writeFile(at('server.crt'), material.certificate, { mode: 0o644 });
  await writeFile(at('server.key'), material.key, { mode: 0o600 });
  if (account === undefined) return;
  for (const name of ['teleport-ca.crt', 'server.crt', 'server.key']) {
    await chown(at(name), account.uid, account.gid);
  }
}
