import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { Caller } from './api-caller.ts';
import { aDatabase, anApp, callAs, callAsNobody, refusalOf } from './api-caller.ts';
import type { TeleportVersion } from './document.ts';
import type { SandboxTeleport } from './teleport.ts';
import { startSandboxTeleport } from './teleport.ts';

const LAG_MS = 500;
const AGENT_DELAY_MS = 1000;

let folder: string;
let identity: string;
let clock: FakeClock;
let teleport: SandboxTeleport;
let caller: Caller;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-api-'));
  identity = join(folder, 'identity');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function open(version: TeleportVersion = '18.0.0'): Promise<void> {
  clock = new FakeClock();
  const cacheLag = { minMs: LAG_MS, maxMs: LAG_MS };
  teleport = await startSandboxTeleport({ clock, version, cacheLag, agentDelayMs: AGENT_DELAY_MS });
  await teleport.issueIdentity({ file: identity });
  caller = callAs(identity, teleport.proxyAddress);
}
beforeEach(() => open());
afterEach(async () => {
  caller.close();
  await teleport.close();
});

const shown = () => clock.advance(LAG_MS);
const names = async () => (await caller.api.getDatabases({})).databases.map(({ metadata }) => metadata?.name);
const stored = () => teleport.databases().map(({ metadata }) => metadata.name);

describe('Auth over gRPC', () => {
  it('says which cluster it is', async () => {
    expect(await caller.api.ping({})).toMatchObject({
      clusterName: 'sandbox',
      serverVersion: '18.0.0',
      proxyPublicAddr: teleport.proxyAddress,
    });
  });

  it('keeps databases and apps, from the first to the last call', async () => {
    const { api } = caller;
    await api.createDatabase(aDatabase('a', { environment: 'prod' }));
    await api.createApp(anApp('b'));
    await shown();
    const { databases } = await api.getDatabases({});
    expect(databases).toMatchObject([
      {
        kind: 'db',
        version: 'v3',
        metadata: {
          name: 'a',
          namespace: 'default',
          labels: { dblab: 'true', environment: 'prod', 'teleport.dev/origin': 'dynamic' },
          revision: expect.stringMatching(/./),
        },
        spec: { protocol: 'postgres', uri: '127.0.0.1:6000', tls: { mode: 2 } },
      },
    ]);
    expect((await api.getApps({})).apps).toMatchObject([
      { kind: 'app', version: 'v3', metadata: { name: 'b' }, spec: { uri: 'http://127.0.0.1:2345' } },
    ]);
    await api.updateDatabase(aDatabase('a', {}, '127.0.0.1:6001'));
    await api.updateApp(anApp('b'));
    await shown();
    const { metadata, spec } = await api.getDatabase({ name: 'a' });
    expect(spec?.uri).toBe('127.0.0.1:6001');
    expect(metadata?.revision).not.toBe(databases[0]?.metadata?.revision);
    expect(await api.getApp({ name: 'b' })).toMatchObject({ metadata: { name: 'b' } });
    await api.deleteDatabase({ name: 'a' });
    await api.deleteApp({ name: 'b' });
    expect(teleport.history().map(({ user, action, name }) => `${user} ${action} ${name}`)).toEqual([
      'bot-dblab-sidecar create a',
      'bot-dblab-sidecar create b',
      'bot-dblab-sidecar update a',
      'bot-dblab-sidecar update b',
      'bot-dblab-sidecar delete a',
      'bot-dblab-sidecar delete b',
    ]);
  });

  it('takes an update with a revision of yesterday: the last writer wins', async () => {
    await caller.api.createDatabase(aDatabase('a'));
    await shown();
    const read = await caller.api.getDatabase({ name: 'a' });
    await caller.api.updateDatabase(aDatabase('a', { by: 'another' }));
    await shown();
    await caller.api.updateDatabase(read);
    expect(teleport.databases()[0]?.metadata.labels).not.toHaveProperty('by');
  });

  it('lets a database go at its time, unless an update leaves the time out', async () => {
    const leased = (name: string) => {
      const database = aDatabase(name);
      if (database.metadata) database.metadata.expires = timestampFromMs(clock.now() + 60_000);
      return database;
    };
    await caller.api.createDatabase(leased('a'));
    await caller.api.createDatabase(leased('b'));
    await shown();
    const { metadata } = await caller.api.getDatabase({ name: 'a' });
    expect(metadata?.expires).toEqual(timestampFromMs(1_060_000));
    await caller.api.updateDatabase(aDatabase('b'));
    await clock.advance(60_000);
    await shown();
    expect(await names()).toEqual(['b']);
  });
});

describe('Auth over gRPC inside the lag window', () => {
  it('does not list what was just created, and knows at once that it is there', async () => {
    await caller.api.createDatabase(aDatabase('a'));
    expect(await names()).toEqual([]);
    expect(await refusalOf(caller.api.createDatabase(aDatabase('a')))).toEqual({
      code: Code.AlreadyExists,
      text: 'database "a" already exists',
    });
    await shown();
    expect(await names()).toEqual(['a']);
  });

  it('does not delete what was just created, and leaves it there', async () => {
    await caller.api.createDatabase(aDatabase('a'));
    await clock.advance(LAG_MS - 1);
    const unseen = { code: Code.NotFound, text: '"db" "a" does not exist' };
    expect(await refusalOf(caller.api.deleteDatabase({ name: 'a' }))).toEqual(unseen);
    expect(await refusalOf(caller.api.updateDatabase(aDatabase('a')))).toEqual(unseen);
    expect(await refusalOf(caller.api.getDatabase({ name: 'a' }))).toEqual(unseen);
    expect(stored()).toEqual(['a']);
    await clock.advance(1);
    await caller.api.deleteDatabase({ name: 'a' });
    expect(stored()).toEqual([]);
  });

  it('still lists what was just deleted, and creates it again at once', async () => {
    await caller.api.createDatabase(aDatabase('a'));
    await shown();
    await caller.api.deleteDatabase({ name: 'a' });
    expect(await names()).toEqual(['a']);
    await caller.api.createDatabase(aDatabase('a'));
    expect(stored()).toEqual(['a']);
  });
});

const WORDS = [
  {
    version: '18.0.0',
    exists: 'database "a" already exists',
    unseen: '"db" "a" does not exist',
    unseenApp: '"app" "a" does not exist',
    goneOnUpdate: 'database "a" doesn\'t exist',
    goneOnDelete: 'database "a" doesn\'t exist',
  },
  {
    version: '15.1.4',
    exists: 'UNIQUE constraint failed: kv.key',
    unseen: 'database "a" doesn\'t exist',
    unseenApp: 'application "a" doesn\'t exist',
    goneOnUpdate: 'key /db/a is not found',
    goneOnDelete: 'database "a" doesn\'t exist',
  },
] as const;

describe.each(WORDS)('a refusal of Auth $version', ({ version, ...words }) => {
  beforeEach(async () => {
    caller.close();
    await teleport.close();
    await open(version);
  });

  it('has the code and the words of that version', async () => {
    const { api } = caller;
    const notFound = (text: string) => ({ code: Code.NotFound, text });
    expect(await refusalOf(api.deleteDatabase({ name: 'a' }))).toEqual(notFound(words.unseen));
    expect(await refusalOf(api.getApp({ name: 'a' }))).toEqual(notFound(words.unseenApp));
    await api.createDatabase(aDatabase('a'));
    const exists = { code: Code.AlreadyExists, text: words.exists };
    expect(await refusalOf(api.createDatabase(aDatabase('a')))).toEqual(exists);
    await shown();
    await api.deleteDatabase({ name: 'a' });
    expect(await refusalOf(api.updateDatabase(aDatabase('a')))).toEqual(notFound(words.goneOnUpdate));
    expect(await refusalOf(api.deleteDatabase({ name: 'a' }))).toEqual(notFound(words.goneOnDelete));
  });

  it.each([
    [
      'a name that no database may have',
      aDatabase('1a'),
      'invalid database name\n\t"1a" does not match regex',
    ],
    ['no name', aDatabase(''), 'missing parameter Name'],
    ['an address without a port', aDatabase('a', {}, 'localhost'), 'missing port in address'],
    ['a label key with a blank', aDatabase('a', { 'a b': 'x' }), 'invalid label key: "a b"'],
  ])('is for %s the code 3', async (_, database, text) => {
    expect(await refusalOf(caller.api.createDatabase(database))).toEqual({
      code: Code.InvalidArgument,
      text: expect.stringContaining(text),
    });
  });

  it('tells its version with every answer, or with none', async () => {
    const told: (string | null)[] = [];
    await caller.api.ping({}, { onHeader: (header) => told.push(header.get('version')) });
    const refused = caller.api.deleteDatabase({ name: 'a' });
    await refused.catch((error) => told.push(ConnectError.from(error).metadata.get('version')));
    const expected = version === '18.0.0' ? '18.0.0' : null;
    expect(told).toEqual([expected, expected]);
  });
});

describe('a role over gRPC', () => {
  const readOnly = { dbLabels: { '*': ['*'] }, appLabels: {}, rules: [] };

  it('without the verb is denied, whatever the message holds', async () => {
    teleport.setRole('dblab-bot', readOnly);
    const denied = { code: 7, text: 'access denied to perform action "create" on "db"' };
    expect(await refusalOf(caller.api.createDatabase(aDatabase('a')))).toEqual(denied);
    expect(await refusalOf(caller.api.createDatabase({}))).toEqual(denied);
  });

  it('sees lists without what its labels do not cover, and is denied a look at one', async () => {
    teleport.setRole('dblab-bot', { ...readOnly, dbLabels: { team: ['x'] } });
    teleport.put({
      kind: 'db',
      metadata: { name: 'hidden' },
      spec: { protocol: 'postgres', uri: 'h:1' },
    });
    await shown();
    expect(await names()).toEqual([]);
    expect(await refusalOf(caller.api.getDatabase({ name: 'hidden' }))).toMatchObject({ code: 7 });
    expect(await refusalOf(caller.api.createApp(anApp('a')))).toMatchObject({
      text: 'access denied to perform action "create" on "app"',
    });
  });

  it('is nothing without a certificate: Ping answers, every other call is denied', async () => {
    const nobody = callAsNobody(identity, teleport.proxyAddress);
    const { api } = nobody;
    expect(await api.ping({})).toMatchObject({ clusterName: 'sandbox' });
    const name = { name: 'a' };
    const calls = [
      api.getDatabases({}),
      api.getDatabase(name),
      api.createDatabase({}),
      api.updateDatabase({}),
      api.deleteDatabase(name),
      api.getApps({}),
      api.getApp(name),
      api.createApp({}),
      api.updateApp({}),
      api.deleteApp(name),
      api.listResources({ resourceType: 'db_server' }),
      api
        .watchEvents({ kinds: [{ kind: 'db' }] })
        [Symbol.asyncIterator]()
        .next(),
      api
        .watchEvents({ kinds: [{ kind: 'db' }], allowPartialSuccess: true })
        [Symbol.asyncIterator]()
        .next(),
    ];
    const codes = (await Promise.all(calls.map(refusalOf))).map((refusal) => Object(refusal).code);
    expect(codes).toEqual(calls.map(() => Code.PermissionDenied));
    nobody.close();
  });
});

describe('what agents serve, listed over gRPC', () => {
  const servers = async (request: Parameters<Caller['api']['listResources']>[0]) => {
    const { resources, nextKey, totalCount } = await caller.api.listResources(request);
    return { names: resources.map(({ resource }) => resource.value?.metadata?.name), nextKey, totalCount };
  };

  it('comes in pages', async () => {
    for (const name of ['c', 'a', 'b']) await caller.api.createDatabase(aDatabase(name));
    await clock.advance(LAG_MS + AGENT_DELAY_MS);
    const request = { resourceType: 'db_server', limit: 2, needTotalCount: true };
    const first = await servers(request);
    expect(first).toMatchObject({ names: ['a', 'b'], totalCount: 3 });
    const last = await servers({ ...request, startKey: first.nextKey });
    expect(last).toEqual({ names: ['c'], nextKey: '', totalCount: 3 });
  });

  it('is filtered by labels, and by those that the role may see', async () => {
    await caller.api.createDatabase(aDatabase('a', { environment: 'prod' }));
    await caller.api.createDatabase(aDatabase('b', { environment: 'test' }));
    await clock.advance(LAG_MS + AGENT_DELAY_MS);
    const labels = { environment: 'test' };
    expect(await servers({ resourceType: 'db_server', labels })).toMatchObject({ names: ['b'] });
    teleport.setRole('dblab-bot', { dbLabels: { environment: ['prod'] }, appLabels: {}, rules: [] });
    expect(await servers({ resourceType: 'db_server' })).toMatchObject({ names: ['a'], totalCount: 0 });
  });

  it('names the host, the database and how it does', async () => {
    const agent = teleport.addAgent({ hostname: 'elsewhere', health: 'unhealthy' });
    for (const { hostId } of teleport.agents()) if (hostId !== agent.hostId) teleport.removeAgent(hostId);
    await caller.api.createDatabase(aDatabase('a'));
    await clock.advance(LAG_MS + AGENT_DELAY_MS);
    const { resources } = await caller.api.listResources({ resourceType: 'db_server' });
    expect(resources.map(({ resource }) => resource)).toMatchObject([
      {
        case: 'databaseServer',
        value: {
          kind: 'db_server',
          spec: { version: '18.0.0', hostname: 'elsewhere', hostId: agent.hostId, database: { kind: 'db' } },
          status: { targetHealth: { address: '127.0.0.1:6000', status: 'unhealthy' } },
        },
      },
    ]);
  });

  it('includes apps where an agent has an app service', async () => {
    await caller.api.createApp(anApp('a'));
    await clock.advance(LAG_MS + AGENT_DELAY_MS);
    expect(await servers({ resourceType: 'app_server' })).toMatchObject({ names: [] });
    teleport.addAgent({ hostname: 'apps', appResources: [{ '*': ['*'] }] });
    expect(await servers({ resourceType: 'app_server' })).toMatchObject({ names: ['a'] });
  });

  it('is there for what agents tell alone', async () => {
    expect(await refusalOf(caller.api.listResources({ resourceType: 'db' }))).toEqual({
      code: Code.Unimplemented,
      text: 'resource type db does not support pagination',
    });
  });
});
