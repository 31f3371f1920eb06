import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { kill } from 'node:process';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import type { CloneDatabaseRequest, CloneDatabases } from '../engine/database.ts';
import { openPorts } from '../engine/ports.ts';
import { type Authority, createAuthority } from '../teleport/authority.ts';
import { type Account, accountFor, canRead } from './account.ts';
import { openCloneDatabases } from './postgres.ts';

const PASSWORD = 'secret_password';
const ports = openPorts({ from: 0, to: 0 }, true, systemClock);
const isRoot = os.userInfo().uid === 0;

let authority: Authority;
let directory: string;
let databases: CloneDatabases;

beforeAll(async () => {
  authority = await createAuthority('example', Date.now());
  directory = await folder();
  databases = await openCloneDatabases({ clientCa: authority.certificate, directory });
});

afterAll(async () => {
  await databases.close();
  expect(await readdir(directory)).toEqual([]);
  await rm(directory, { recursive: true });
});

/** A folder for tests that any user can enter. */
async function folder(): Promise<string> {
  const made = await mkdtemp(path.join(os.tmpdir(), 'dblab-test-'));
  await execa('chmod', ['755', made]);
  return made;
}

function request(port: number, change: Partial<CloneDatabaseRequest> = {}): CloneDatabaseRequest {
  const plain = { username: 'ann', password: PASSWORD, dbName: '', restricted: false, settings: {} };
  return { port, ...plain, ...change };
}

/** A clone that nobody else uses; its port. */
async function clone(change: Partial<CloneDatabaseRequest> = {}): Promise<number> {
  const port = await ports.take();
  await databases.start(request(port, change));
  return port;
}

type Login = Pick<pg.ClientConfig, 'user' | 'password' | 'ssl' | 'database'>;

async function query(port: number, login: Login, sql: string) {
  const client = new pg.Client({ host: '127.0.0.1', port, database: 'postgres', ssl: false, ...login });
  client.on('error', () => {}); // what matters of it reaches the caller
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const byPassword = (user = 'ann', password = PASSWORD): Login => ({ user, password });

/** As Teleport's agent logs in: a short-lived certificate that names the user, the server unverified. */
async function byCertificate(user: string, issuer = authority, named = user): Promise<Login> {
  const { certificate, key } = await issuer.issue({
    subject: [{ CN: [named] }],
    notAfter: Date.now() + 60_000,
  });
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { user, ssl: { rejectUnauthorized: false, cert: certificate, key: pem } };
}

describe('who comes in', () => {
  let port: number;
  beforeAll(async () => {
    port = await clone();
  });

  test('over TLS with a certificate that names the user, and then finds the seeded rows', async () => {
    const rows = await query(
      port,
      await byCertificate('ann'),
      `SELECT current_user AS me, ssl, (SELECT count(*)::int FROM customers) AS customers,
              (SELECT count(*)::int FROM orders) AS orders
       FROM pg_stat_ssl WHERE pid = pg_backend_pid()`,
    );
    expect(rows).toEqual([{ me: 'ann', ssl: true, customers: 200, orders: 1000 }]);
  });

  test('not with a certificate that names somebody else', async () => {
    const login = await byCertificate('ann', authority, 'bob');
    await expect(query(port, login, 'SELECT')).rejects.toThrow('certificate authentication failed');
  });

  test('not with a certificate of another authority', async () => {
    const login = await byCertificate('ann', await createAuthority('example', Date.now()));
    await expect(query(port, login, 'SELECT')).rejects.toThrow();
  });

  test('over TLS not with a password: a certificate is asked for', async () => {
    const login = { ...byPassword(), ssl: { rejectUnauthorized: false } };
    await expect(query(port, login, 'SELECT')).rejects.toThrow('requires a valid client certificate');
  });

  test('without TLS by password, and not by a wrong one', async () => {
    expect(await query(port, byPassword(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expect(query(port, byPassword('ann', 'wrong'), 'SELECT')).rejects.toThrow(
      'password authentication',
    );
  });
});

describe('clones', () => {
  test('go their own ways from the same data', async () => {
    const [one, two] = await Promise.all([clone(), clone()]);
    await query(one, byPassword(), 'DELETE FROM orders WHERE id > 10');
    const count = 'SELECT count(*)::int AS n FROM orders';
    expect(await query(one, byPassword(), count)).toEqual([{ n: 10 }]);
    expect(await query(two, byPassword(), count)).toEqual([{ n: 1000 }]);
  });

  test('begin anew at a port that was used before', async () => {
    const port = await clone();
    await query(port, byPassword(), 'DROP TABLE orders CASCADE');
    await databases.stop(port);
    await expect(query(port, byPassword(), 'SELECT')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await databases.start(request(port));
    expect(await query(port, byPassword(), 'SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 1000 }]);
    await expect(databases.start(request(port))).rejects.toThrow('already has a database');
  });

  test('stopping what does not run is fine', async () => {
    await expect(databases.stop(1)).resolves.toBeUndefined();
  });
});

describe('the role', () => {
  test('is a superuser', async () => {
    const port = await clone();
    expect(await query(port, byPassword(), `SELECT rolsuper FROM pg_roles WHERE rolname = 'ann'`)).toEqual([
      { rolsuper: true },
    ]);
  });

  test('with restricted is none, and owns the databases and what is in them', async () => {
    const port = await clone({ restricted: true });
    await query(port, byPassword(), 'ALTER TABLE customers ADD COLUMN note text; CREATE TABLE mine ()');
    const owner = `SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = 'postgres'`;
    expect(await query(port, byPassword(), owner)).toEqual([{ owner: 'ann' }]);
    await expect(query(port, byPassword(), 'CREATE ROLE other')).rejects.toThrow('permission denied');
  });

  test.each([`o"b'ob`, `x'; DROP ROLE shop; --`, 'back\\slash', 'Größe 🐘', '$1 '])(
    'may be called %j',
    async (username) => {
      const password = `${username} \\'"; --$$ secret_password`;
      const port = await clone({ username, password });
      const rows = await query(
        port,
        byPassword(username, password),
        `SELECT current_user AS me, count(*)::int AS owners FROM pg_roles WHERE rolname = 'shop'`,
      );
      expect(rows).toEqual([{ me: username, owners: 1 }]);
    },
  );

  test('that exists gets the password', async () => {
    const port = await clone({ username: 'postgres' });
    expect(await query(port, byPassword('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test.each([
    ['a zero byte', { username: 'a\0b' }, 'zero byte'],
    ['a reserved name', { username: 'pg_evil' }, 'reserved'],
    [
      'a setting that lets nobody in',
      { settings: { session_preload_libraries: 'nope' } },
      'could not access',
    ],
    ['a database that does not exist', { dbName: 'nowhere' }, 'database "nowhere" does not exist'],
  ])('with %s is refused, and leaves no server behind', async (_, change, reason) => {
    const port = await ports.take();
    await expect(databases.start(request(port, change))).rejects.toThrow(reason);
    await expect(query(port, byPassword(), 'SELECT')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await databases.stop(port);
    await databases.start(request(port));
  });
});

describe('settings of the user', () => {
  test('are read last, but cannot move the server', async () => {
    const elsewhere = { port: '1', listen_addresses: '', unix_socket_directories: '' };
    const settings = { work_mem: '3MB', ssl: 'off', search_path: `'it''s', public`, ...elsewhere };
    const port = await clone({ settings });
    expect(await query(port, byPassword(), 'SHOW work_mem')).toEqual([{ work_mem: '3MB' }]);
    expect(await query(port, byPassword(), 'SHOW ssl')).toEqual([{ ssl: 'off' }]);
    expect(await query(port, byPassword(), 'SHOW search_path')).toEqual([{ search_path: `'it''s', public` }]);
  });

  test.each([
    ['an unknown name', { no_such_thing: '1' }, 'unrecognized configuration parameter "no_such_thing"'],
    ['no name at all', { 'a = 1\nb': '1' }, 'unrecognized configuration parameter'],
    ['a bad value', { work_mem: 'much' }, 'invalid value for parameter "work_mem": "much"'],
    ['a line break in it', { work_mem: `1MB\nport = 1` }, 'syntax error'],
  ])('with %s the database does not start, and says why', async (_, settings, reason) => {
    const port = await ports.take();
    await expect(databases.start(request(port, { settings }))).rejects.toThrow(reason);
    await databases.stop(port);
  });
});

test('a port that another program listens at is named', async () => {
  const port = await ports.take();
  const other = net.createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  await expect(databases.start(request(port))).rejects.toThrow('could not bind IPv4 address "127.0.0.1"');
  other.close();
});

describe('the end', () => {
  test('stops what is just starting, and leaves nothing', async () => {
    const own = await folder();
    const short = await openCloneDatabases({ clientCa: authority.certificate, directory: own });
    const port = await ports.take();
    await short.start(request(port));
    const cut = short.start(request(await ports.take())).catch((error: unknown) => error);
    await short.close();
    await cut;
    await expect(query(port, byPassword(), 'SELECT')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(short.start(request(port))).rejects.toThrow('closing');
    expect(await readdir(own)).toEqual([]);
    await rm(own, { recursive: true });
  });

  /** A process of its own that starts a clone at the port, says `ready`, and stays. */
  function lonely(port: number, own: string, account: Account | undefined = undefined) {
    const module = JSON.stringify(pathToFileURL(path.join(import.meta.dirname, 'postgres.ts')).href);
    const settings = JSON.stringify({ clientCa: authority.certificate, directory: own });
    const code = `
      const { openCloneDatabases } = await import(${module});
      const databases = await openCloneDatabases(${settings});
      await databases.start(${JSON.stringify(request(port))});
      process.on('SIGINT', () => console.log('interrupted'));
      console.log('ready');
      process.stdin.on('end', () => databases.close()).resume();`;
    const root = path.join(import.meta.dirname, '..', '..', '..');
    const flags = ['--import', 'tsx', '--input-type=module', '--eval', code];
    const env = { HOME: own, TMPDIR: own };
    return execa('node', flags, {
      ...account,
      cwd: root,
      env,
      detached: true, // a group of its own, as from a terminal
      reject: false,
      stderr: 'inherit',
      buffer: false,
    });
  }

  test('comes for the databases of a process that was killed, and not by Ctrl-C alone', async () => {
    const own = await folder();
    const port = await ports.take();
    const process = lonely(port, own);
    await once(process.stdout, 'data');
    kill(-Number(process.pid), 'SIGINT'); // to the whole group
    await once(process.stdout, 'data');
    expect(await query(port, byPassword(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    process.kill('SIGKILL');
    await process;
    const ours = async () => (await readdir(own)).filter((name) => name.startsWith('dblab-pg-'));
    await expect.poll(ours, { timeout: 20_000 }).toEqual([]);
    await expect(query(port, byPassword(), 'SELECT')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await rm(own, { recursive: true });
  });

  test.runIf(isRoot)('the same works for an ordinary user', async (context) => {
    const account = await accountFor(0);
    if (!(await canRead(account, import.meta.dirname))) context.skip('others cannot read this folder');
    const own = await folder();
    await execa('chmod', ['777', own]);
    const port = await ports.take();
    const process = lonely(port, own, account);
    await once(process.stdout, 'data');
    expect(await query(port, await byCertificate('ann'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    process.stdin?.end();
    expect(await process).toMatchObject({ exitCode: 0 });
    expect((await readdir(own)).filter((name) => name.startsWith('dblab-pg-'))).toEqual([]);
    await rm(own, { recursive: true });
  });
});
