import { chmod, chown, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { CloneDatabaseRequest, CloneDatabases } from '../engine/database.ts';
import { createAuthority } from '../teleport/authority.ts';
import { type Account, accountFor, canRead } from './account.ts';
import { findBinaries } from './binaries.ts';
import { USER_SETTINGS_FILE, userSettings } from './config.ts';
import { createRole } from './role.ts';
import { type Server, type ServerHome, startServer } from './server.ts';
import { makeTemplate } from './template.ts';
import { openWatchdog } from './watchdog.ts';

/*
 * Real PostgreSQL behind the clones of the stand-in Engine: each is a copy of one seeded data directory and a
 * server of its own, set up for TLS as the guide says. It promises that no server outlives this process.
 * It knows databases by their port and nothing of clones, statuses or webhooks.
 */

export interface CloneDatabaseOptions {
  /** Who may sign the certificates of clients (Teleport's db-client CA), PEM. */
  readonly clientCa: string;
  /** Takes one folder of ours, removed in the end; the system's folder for temporary files by default. */
  readonly directory?: string;
  readonly clock?: Clock;
}

const LONGEST_SOCKET_PATH = 103; // on macOS; Linux allows 107
const YEAR_MS = 365 * 24 * 3_600_000;

/**
 * Makes the data directory that clones are copied from, which takes a second or two. Rejects with a sentence
 * that says what is missing on this machine.
 */
export async function openCloneDatabases(options: CloneDatabaseOptions): Promise<CloneDatabases> {
  const { clock = systemClock, directory = os.tmpdir() } = options;
  const base = await mkdtemp(path.join(directory, 'dblab-pg-'));
  const watchdog = openWatchdog(base);
  const closing = new AbortController();
  const servers = new Map<number, Promise<Server>>();
  const template = path.join(base, 'template');
  const dataOf = (port: number) => path.join(base, `clone-${port}`);

  async function leave(): Promise<void> {
    closing.abort(new Error('the databases of the sandbox are closing'));
    await Promise.all([...servers.keys()].map(stop));
    await watchdog.dismiss();
    await rm(base, { recursive: true, force: true });
  }

  async function stop(port: number): Promise<void> {
    const server = await servers.get(port)?.catch(() => undefined);
    await server?.stop('at once');
    await rm(dataOf(port), { recursive: true, force: true });
    servers.delete(port);
  }

  async function bringUp(request: CloneDatabaseRequest, home: ServerHome): Promise<Server> {
    const { port } = request;
    const data = dataOf(port);
    const settings = userSettings(request.settings);
    await copyFolder(template, data, home.account);
    await writeFile(path.join(data, USER_SETTINGS_FILE), settings, { mode: 0o644 });
    const server = await startServer({ data, port, address: '127.0.0.1' }, home, closing.signal);
    try {
      await createRole(request, server.connect);
      return server;
    } catch (error) {
      await server.stop('at once');
      throw error;
    }
  }

  try {
    const home = await makeHome(base, template, { ...options, clock }, closing.signal);
    return {
      async start(request) {
        closing.signal.throwIfAborted();
        if (servers.has(request.port)) throw new Error(`port ${request.port} already has a database`);
        const started = bringUp(request, home);
        servers.set(request.port, started);
        await started;
      },
      stop,
      close: leave,
    };
  } catch (error) {
    await leave();
    throw error;
  }
}

async function makeHome(
  base: string,
  template: string,
  { clientCa, clock }: CloneDatabaseOptions & { readonly clock: Clock },
  signal: AbortSignal,
): Promise<ServerHome> {
  const account = await accountFor((await stat(base)).uid);
  const sockets = path.join(base, 's');
  await mkdir(sockets);
  await giveTo(account, base, sockets);
  await checkPlace(account, base, sockets);
  const binaries = await findBinaries(account, base);
  const home = { program: binaries.postgres, account, sockets, clock };
  const authority = await createAuthority('dblab-sandbox', clock.now());
  const identity = await authority.issue({
    subject: [{ CN: ['localhost'] }],
    notAfter: clock.now() + YEAR_MS,
  });
  const { certificate } = identity;
  const key = identity.key.export({ type: 'pkcs8', format: 'pem' }).toString();
  await makeTemplate(template, { binaries, certificate, key, clientCa }, home, signal);
  return home;
}

async function giveTo(account: Account | undefined, ...folders: string[]): Promise<void> {
  for (const folder of folders) {
    await chmod(folder, 0o700);
    if (account !== undefined) await chown(folder, account.uid, account.gid);
  }
}

async function checkPlace(account: Account | undefined, base: string, sockets: string): Promise<void> {
  if (!(await canRead(account, base))) {
    throw new Error(
      `PostgreSQL runs as user ${account?.uid} here, who cannot enter ${path.dirname(base)}. Name a folder that everybody can enter with TMPDIR.`,
    );
  }
  if (`${sockets}/.s.PGSQL.65535`.length > LONGEST_SOCKET_PATH) {
    throw new Error(
      `${path.dirname(base)} is too long a path for Unix sockets. Name a shorter one with TMPDIR.`,
    );
  }
}

/** Shares the blocks with the original where the file system can. The copy belongs to the account. */
async function copyFolder(from: string, to: string, account: Account | undefined): Promise<void> {
  const flags = os.platform() === 'linux' ? ['-a', '--reflink=auto'] : ['-pR'];
  await execa('cp', [...flags, from, to], { ...account });
}
