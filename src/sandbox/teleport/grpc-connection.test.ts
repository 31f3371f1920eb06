import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { ClientHttp2Session } from 'node:http2';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { Caller } from './api-caller.ts';
import { aDatabase, authTls, callAs, credentialsIn, openSocket, refusalOf } from './api-caller.ts';
import type { SandboxTeleport } from './teleport.ts';
import { startSandboxTeleport } from './teleport.ts';

let folder: string;
let identity: string;
let clock: FakeClock;
let teleport: SandboxTeleport;
let caller: Caller;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-grpc-'));
  identity = join(folder, 'identity');
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  clock = new FakeClock();
  teleport = await startSandboxTeleport({ clock, cacheLag: { minMs: 0, maxMs: 0 } });
  await teleport.issueIdentity({ file: identity });
  caller = callAs(identity, teleport.proxyAddress);
});
afterEach(async () => {
  caller.close();
  await teleport.close();
});

const stored = () => teleport.databases().map(({ metadata }) => metadata.name);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `db-${index}`);

describe('a cluster that fails, over gRPC', () => {
  it('leaves its callers waiting while it hangs, and lets go of those who leave', async () => {
    teleport.setFault({ kind: 'hang' });
    const patience = new AbortController();
    const waiting = caller.api.createDatabase(aDatabase('a'), { signal: patience.signal });
    const watching = caller.api.watchEvents({ kinds: [{ kind: 'db' }] }, { signal: patience.signal });
    const refusals = [refusalOf(waiting), refusalOf(watching[Symbol.asyncIterator]().next())];
    await expect.poll(() => teleport.counters()).toMatchObject({ grpcCalls: 1, watches: 1 });
    patience.abort();
    for (const refusal of refusals) expect(await refusal).toMatchObject({ code: Code.Canceled });
    expect(stored()).toEqual([]);
    teleport.setFault(undefined);
    await caller.api.ping({});
    await expect.poll(() => teleport.counters().grpcAtOnce).toBe(1);
  });

  it('writes at once and answers late while it is slow', async () => {
    teleport.setFault({ kind: 'slow', ms: 10_000 });
    const written = new Promise((resolve) => teleport.onChange(resolve));
    let answered = false;
    const waiting = caller.api.createDatabase(aDatabase('a')).then(() => {
      answered = true;
    });
    expect(await written).toMatchObject({ action: 'create', name: 'a' });
    await clock.advance(9_999);
    teleport.setFault(undefined);
    await caller.api.ping({});
    expect(answered).toBe(false);
    await clock.advance(1);
    await waiting;
  });

  it.each([
    [{ text: 'rate limit exceeded', code: 8 }, Code.ResourceExhausted],
    [{ text: 'the backend is down' }, Code.Unavailable],
  ])('refuses everything with the text it was given, here %j', async (fault, code) => {
    teleport.setFault({ kind: 'refuse', ...fault });
    const refused = { code, text: fault.text };
    expect(await refusalOf(caller.api.createDatabase(aDatabase('a')))).toEqual(refused);
    expect(await refusalOf(caller.api.getDatabases({}))).toEqual(refused);
    expect(await refusalOf(caller.api.ping({}))).toEqual(refused);
    expect(stored()).toEqual([]);
  });

  it('cuts a connection after so many creates, and counts anew on the next one', async () => {
    const create = (name: string) => refusalOf(caller.api.createDatabase(aDatabase(name)));
    expect(await create('before')).toBe('none');
    teleport.setFault({ kind: 'drop', afterDocuments: 2 });
    expect(await create('a')).toBe('none');
    expect(await create('b')).toBe('none');
    expect(await create('c')).toMatchObject({ code: expect.any(Number) });
    expect(stored()).toEqual(['a', 'b', 'before']);
    expect(await create('c')).toBe('none');
    expect(stored()).toEqual(['a', 'b', 'before', 'c']);
    expect(teleport.counters().grpcConnections).toBe(2);
  });
});

describe('a connection to Auth', () => {
  it('carries many calls at a time, which are counted', async () => {
    await Promise.all(numbered(300).map((name) => caller.api.createDatabase(aDatabase(name))));
    expect((await caller.api.getDatabases({})).databases).toHaveLength(300);
    expect(teleport.counters()).toMatchObject({
      grpcConnections: 1,
      grpcCalls: 301,
      writes: 300,
      lists: 1,
      tctlRuns: 0,
    });
  });

  it('counts how many calls are under way at a time', async () => {
    teleport.setFault({ kind: 'slow', ms: 1000 });
    const calls = Promise.all(numbered(20).map((name) => caller.api.createDatabase(aDatabase(name))));
    await expect.poll(stored).toHaveLength(20);
    expect(teleport.counters().grpcAtOnce).toBe(20);
    await clock.advance(1000);
    await calls;
  });

  it('takes no message of more than 4 MiB', async () => {
    const long = aDatabase('a', { long: 'x'.repeat(4 * 1024 * 1024) });
    expect(await refusalOf(caller.api.createDatabase(long))).toMatchObject({ code: Code.ResourceExhausted });
    const fits = aDatabase('a', { long: 'x'.repeat(4 * 1024 * 1024 - 1000) });
    expect(await refusalOf(caller.api.createDatabase(fits))).toBe('none');
  });

  it('knows no other methods', async () => {
    const session = openSession();
    expect(await statusOf(session, '/proto.AuthService/DeleteAllDatabases')).toBe(404);
    session.destroy();
  });

  it('is ended when the client pings again and again', async () => {
    const session = openSession();
    await once(session, 'connect');
    const ended = once(session, 'goaway');
    for (let count = 0; count < 3; count += 1) await ping(session);
    await clock.advance(60_000);
    await ping(session);
    expect(await statusOf(session, '/proto.AuthService/Nothing')).toBe(404);
    session.ping(() => {});
    const [code, , text] = await ended;
    expect([code, String(text)]).toEqual([11, 'too_many_pings']);
    session.destroy();
  });
});

function openSession(): ClientHttp2Session {
  const socket = authTls(openSocket(teleport.proxyAddress), credentialsIn(identity));
  const session = connect('https://teleport.cluster.local', { createConnection: () => socket });
  session.on('error', () => {});
  return session;
}

async function statusOf(session: ClientHttp2Session, path: string): Promise<unknown> {
  const [headers] = await once(session.request({ ':method': 'POST', ':path': path }), 'response');
  return headers[':status'];
}

function ping(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    session.ping((error) => (error ? reject(error) : resolve()));
  });
}
