import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { Releases } from '../lib/releases.ts';
import { eventually } from '../testing/eventually.ts';
import { FakeAuth, type FakeAuthOptions } from '../testing/fake-auth.ts';
import { FakeProxy } from '../testing/fake-proxy.ts';
import { type ApiOptions, type ApiTeleport, openApi } from './api.ts';
import type { TeleportEvent } from './event.ts';
import { type DatabaseV3, DatabaseV3Schema, type EventSchema, EventType } from './gen/auth_pb.ts';
import type { App, Database } from './resource.ts';
import type { Change } from './teleport.ts';

const OK = { ok: true };
const failed = (code: string) => ({ ok: false, error: expect.objectContaining({ code }) });

let releases: Releases;
let file: string;
let auth: FakeAuth;

beforeEach(async () => {
  releases = new Releases();
  const folder = await mkdtemp(join(tmpdir(), 'dblab-api-'));
  releases.add(() => rm(folder, { recursive: true, force: true }));
  file = join(folder, 'identity');
});
afterEach(() => releases.run());

type Handlers = NonNullable<FakeAuthOptions['handlers']>;

async function open(handlers: Handlers, options: Partial<ApiOptions> = {}): Promise<ApiTeleport> {
  auth = await FakeAuth.start({ handlers });
  releases.add(() => auth.close());
  await auth.issue(file);
  return openAt(auth.address, options);
}

function openAt(proxy: string, options: Partial<ApiOptions> = {}): ApiTeleport {
  const api = openApi({ proxy, identityFile: file, clock: systemClock, log: silentLog, ...options });
  releases.add(() => api.close());
  return api;
}

function database(name: string): Database {
  const labels = { dblab: 'true' };
  return { kind: 'db', name, labels, protocol: 'postgres', uri: '127.0.0.1:6000', tlsMode: 'insecure' };
}
const app: App = { kind: 'app', name: 'api', labels: {}, uri: 'https://h', insecureSkipVerify: true };
const creates = (count: number): Change[] =>
  Array.from({ length: count }, (_, index) => ({ action: 'create', resource: database(`n-${index}`) }));
const message = (name: string) => create(DatabaseV3Schema, { metadata: { name } });
const forever = () => new Promise<never>(() => {});

/** A gate at which calls wait until it is opened. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const door = {
    waiting: 0,
    open,
    async pass(): Promise<void> {
      door.waiting += 1;
      await opened;
      door.waiting -= 1;
    },
  };
  return door;
}

describe('calls', () => {
  it('introduce us, carry a deadline, and say nothing of a version', async () => {
    let header = new Headers();
    const api = await open({
      getDatabases: (_request, context) => {
        header = context.requestHeader;
        return {};
      },
      getApps: () => ({}),
    });
    await api.list();
    expect(header.get('user-agent')).toMatch(/^dblab\/\d+\.\d+\.\d+$/);
    expect(header.get('grpc-timeout')).toBe('30000m');
    expect(header.has('version')).toBe(false);
    expect(header.has('grpc-accept-encoding')).toBe(false);
  });

  it('that take too long fail, and say that the others would as well', async () => {
    let calls = 0;
    const createDatabase = () => {
      calls += 1;
      return forever();
    };
    const api = await open({ createDatabase }, { timeoutMs: 100, maxCalls: 3 });
    await expect(api.apply(creates(50))).resolves.toEqual(
      Array.from({ length: 50 }, () => failed('timeout')),
    );
    expect(calls).toBeLessThanOrEqual(3);
  });

  it('are so many at a time, whoever asks', async () => {
    const door = gate();
    const createDatabase = async () => {
      await door.pass();
      return {};
    };
    const api = await open({ createDatabase }, { maxCalls: 4 });
    const both = [api.apply(creates(20)), api.apply(creates(20))];
    await eventually(() => door.waiting).toBe(4);
    await setImmediate();
    expect(door.waiting).toBe(4);
    door.open();
    await Promise.all(both);
  });

  it('of an aborted caller end with its reason, and others go on', async () => {
    const door = gate();
    const createDatabase = async () => {
      await door.pass();
      return {};
    };
    const api = await open({ createDatabase, getDatabases: forever, getApps: forever });
    const [list, writes] = [new AbortController(), new AbortController()];
    const listing = api.list(list.signal);
    const writing = api.apply(creates(50), writes.signal);
    const other = api.apply(creates(1));
    await eventually(() => door.waiting).toBeGreaterThan(10);
    list.abort(new Error('no list'));
    writes.abort(new Error('no writes'));
    await expect(listing).rejects.toThrow('no list');
    await expect(writing).rejects.toThrow('no writes');
    door.open();
    await expect(other).resolves.toEqual([OK]);
  });
});

describe('lists', () => {
  it('are read in full, however long', async () => {
    const labels = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`label-${index}`, 'x'.repeat(20)]),
    );
    const databases = Array.from({ length: 10_000 }, (_, index) => ({
      metadata: { name: `n-${index}`, labels },
    }));
    const api = await open({
      getDatabases: () => ({ databases }),
      getApps: () => ({ apps: [{ metadata: { name: 'api' } }] }),
    });
    const all = await api.list();
    expect(all).toHaveLength(10_001);
    expect(all.at(-2)).toMatchObject({ kind: 'db', name: 'n-9999', labels });
    expect(all.at(-1)).toMatchObject({ kind: 'app', name: 'api' });
  }, 20_000);

  it('with a hole are no lists', async () => {
    const api = await open({ getDatabases: () => ({ databases: [{}] }), getApps: () => ({}) });
    await expect(api.list()).rejects.toMatchObject({ code: 'unknown', message: /list cannot be read/ });
  });

  it('fail as a whole when a half of them does', async () => {
    const api = await open({
      getDatabases: () => ({ databases: [message('x')] }),
      getApps: () => {
        throw new ConnectError('no', Code.PermissionDenied);
      },
    });
    await expect(api.list()).rejects.toMatchObject({ code: 'rule-denied' });
  });
});

describe('changes', () => {
  it('are answered in their order, whatever the order of the answers', async () => {
    const door = gate();
    const api = await open({
      createDatabase: async ({ metadata }) => {
        if (metadata?.name === 'n-0') await door.pass();
        if (metadata?.name === 'n-1') throw new ConnectError('taken', Code.AlreadyExists);
        if (metadata?.name === 'n-2') door.open();
        return {};
      },
      deleteApp: () => {
        throw new ConnectError('gone', Code.NotFound);
      },
    });
    const changes: Change[] = [...creates(3), { action: 'delete', current: app }];
    await expect(api.apply(changes)).resolves.toEqual([
      OK,
      failed('already-exists'),
      OK,
      failed('not-found'),
    ]);
  });

  it('start an update from what another transport has read by reading it anew', async () => {
    const updated: DatabaseV3[] = [];
    const api = await open({
      getDatabase: ({ name }) => ({ metadata: { name, description: 'mind the gap' } }),
      updateDatabase: (request) => {
        updated.push(request);
        return {};
      },
    });
    const resource = database('clone');
    const current = { ...resource, source: { kind: 'db', metadata: {} } };
    await expect(api.apply([{ action: 'update', resource, current }])).resolves.toEqual([OK]);
    expect(updated).toMatchObject([{ metadata: { description: 'mind the gap', labels: { dblab: 'true' } } }]);
  });

  it('that cannot reach Teleport fail one and all after one attempt to connect', async () => {
    const api = await open({});
    await auth.close();
    await expect(api.apply(creates(3))).resolves.toEqual(creates(3).map(() => failed('unreachable')));
  });

  it('go on with a new identity, and those under way are finished with the old one', async () => {
    const door = gate();
    const createDatabase = async () => {
      await door.pass();
      return {};
    };
    const api = await open({ createDatabase, deleteApp: () => ({}) });
    const before = api.apply(creates(2));
    await eventually(() => door.waiting).toBe(2);
    await auth.issue(file);
    await expect(api.apply([{ action: 'delete', current: app }])).resolves.toEqual([OK]);
    expect(auth.handshakes).toHaveLength(2);
    door.open();
    await expect(before).resolves.toEqual([OK, OK]);
    await eventually(() => auth.sessions.length).toBe(1);
  });
});

type Sent = MessageInitShape<typeof EventSchema>;

/** A stream that the test feeds, one for each watch that comes. */
function stream() {
  const queue: Sent[] = [];
  let wake = () => {};
  let isOver = false;
  const state = {
    opened: 0,
    gone: 0,
    push(...events: Sent[]) {
      queue.push(...events);
      wake();
    },
    end() {
      isOver = true;
      wake();
    },
    async *watchEvents(_request: unknown, { signal }: HandlerContext) {
      state.opened += 1;
      signal.addEventListener('abort', () => {
        state.gone += 1;
        wake();
      });
      yield { type: EventType.INIT };
      while (!isOver && !signal.aborted) {
        for (const event of queue.splice(0)) yield event;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
  return state;
}

const put = (name: string): Sent => ({
  type: EventType.PUT,
  resource: { case: 'database', value: message(name) },
});

describe('watching', () => {
  it('tells that it has begun, then what happens, until it is aborted', async () => {
    const events = stream();
    const api = await open(events);
    const stop = new AbortController();
    const heard: TeleportEvent[] = [];
    events.push(put('a'), put('b'));
    for await (const event of api.watch(stop.signal)) {
      heard.push(event);
      if (heard.length === 3) stop.abort();
    }
    expect(heard).toMatchObject([
      { kind: 'opened' },
      { resource: { name: 'a' } },
      { resource: { name: 'b' } },
    ]);
    await eventually(() => events.gone).toBe(1);
  });

  it('asks for databases, apps and their agents, as far as the role may see them', async () => {
    let asked: unknown;
    const api = await open({
      async *watchEvents(request) {
        asked = request;
        yield { type: EventType.INIT };
      },
    });
    await api.watch(new AbortController().signal)[Symbol.asyncIterator]().next();
    const kinds = ['db', 'app', 'db_server', 'app_server'].map((kind) => expect.objectContaining({ kind }));
    expect(asked).toMatchObject({ kinds, allowPartialSuccess: true });
  });

  it('lets go of the stream when its listener stops listening', async () => {
    const events = stream();
    const api = await open(events);
    for await (const _ of api.watch(new AbortController().signal)) break;
    await eventually(() => events.gone).toBe(1);
  });

  const listen = async (
    api: ApiTeleport,
    signal = new AbortController().signal,
  ): Promise<TeleportEvent[]> => {
    const heard: TeleportEvent[] = [];
    for await (const event of api.watch(signal)) heard.push(event);
    return heard;
  };

  it.each([
    ['Teleport ends the stream', (events: ReturnType<typeof stream>) => events.end()],
    ['the connection is lost', () => auth.sessions.forEach((it) => void it.destroy())],
  ])('throws when %s', async (_what, end) => {
    const events = stream();
    const api = await open(events);
    const lost = expect(listen(api)).rejects.toMatchObject({ name: 'TeleportError', code: 'unreachable' });
    await eventually(() => events.opened).toBe(1);
    end(events);
    await lost;
    expect(events.opened).toBe(1);
  });

  it('throws when it cannot begin', async () => {
    const watchEvents = async function* () {
      await forever();
      yield {};
    };
    const api = await open({ watchEvents }, { timeoutMs: 100 });
    await expect(listen(api)).rejects.toMatchObject({ code: 'timeout' });
    await auth.close();
    await expect(listen(api)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('throws when the role may not hear of databases', async () => {
    const api = await open({
      async *watchEvents() {
        const value = { spec: { kinds: [{ kind: 'app' }] } };
        yield { type: EventType.INIT, resource: { case: 'watchStatus' as const, value } };
        await forever();
      },
    });
    await expect(listen(api)).rejects.toMatchObject({ code: 'rule-denied' });
  });

  it('begins anew, and says so, when the identity is replaced', async () => {
    const events = stream();
    const api = await open({
      ...events,
      watchEvents: events.watchEvents,
      getDatabases: () => ({}),
      getApps: () => ({}),
    });
    const stop = new AbortController();
    const heard: string[] = [];
    for await (const { kind } of api.watch(stop.signal)) {
      heard.push(kind);
      if (heard.length === 2) break;
      await auth.issue(file);
      await api.list();
    }
    expect(heard).toEqual(['opened', 'opened']);
    expect(events.opened).toBe(2);
  });

  it('ends at once for whoever has gone already', async () => {
    const api = await open(stream());
    await expect(listen(api, AbortSignal.abort())).resolves.toEqual([]);
    expect(auth.handshakes).toEqual([]);
  });
});

describe('agents', () => {
  it('are listed page by page, of databases and of apps', async () => {
    const requests: unknown[] = [];
    const api = await open({
      listResources: ({ resourceType, startKey, namespace }) => {
        requests.push([resourceType, startKey, namespace]);
        const name = `${resourceType}-${startKey}`;
        const spec = { hostname: 'h', hostId: 'id' };
        if (resourceType === 'app_server') {
          return {
            resources: [
              { resource: { case: 'appServer' as const, value: { metadata: { name }, spec } } },
              {},
            ],
          };
        }
        const value = { metadata: { name }, spec };
        return {
          resources: [{ resource: { case: 'databaseServer' as const, value } }],
          nextKey: startKey === '' ? 'two' : '',
        };
      },
    });
    const common = { host: 'h', hostId: 'id' };
    await expect(api.served()).resolves.toEqual([
      { ...common, of: 'db', name: 'db_server-' },
      { ...common, of: 'db', name: 'db_server-two' },
      { ...common, of: 'app', name: 'app_server-' },
    ]);
    expect(requests).toHaveLength(3);
  });

  it('are not asked for without end', async () => {
    let calls = 0;
    const api = await open({
      listResources: () => {
        calls += 1;
        return { nextKey: 'again' };
      },
    });
    await expect(api.served()).rejects.toMatchObject({ code: 'unknown' });
    expect(calls).toBeLessThan(3000);
  }, 20_000);
});

const PING_EVERY_MS = 90_000;
const PONG_WITHIN_MS = 20_000;

/** Counts who sleeps, and lets those who look after the line wake early. */
function watchedClock(): Clock & { sleeping: number } {
  const early: Record<number, number> = { [PING_EVERY_MS]: 5, [PONG_WITHIN_MS]: 1000 };
  const clock = {
    ...systemClock,
    sleeping: 0,
    async sleep(ms: number, signal?: AbortSignal) {
      clock.sleeping += 1;
      await systemClock.sleep(early[ms] ?? ms, signal);
      clock.sleeping -= 1;
    },
  };
  return clock;
}

describe('the line', () => {
  it('is tried from time to time, and found dead when nobody answers', async () => {
    await open(stream());
    const proxy = await FakeProxy.start({ auth: auth.port, cluster: auth.cluster, hasTlsRouting: true });
    releases.add(() => proxy.close());
    const api = openAt(proxy.address, { clock: watchedClock() });
    const heard = api.watch(new AbortController().signal)[Symbol.asyncIterator]();
    await heard.next();
    await eventually(() => auth.pings).toBeGreaterThan(1);
    proxy.freeze();
    await expect(heard.next()).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('leaves nothing behind when it is closed, and calls under way end', async () => {
    const events = stream();
    const clock = watchedClock();
    const api = await open(
      { ...events, watchEvents: events.watchEvents, getDatabases: forever, getApps: forever },
      { clock },
    );
    const watching = api.watch(new AbortController().signal)[Symbol.asyncIterator]();
    await watching.next();
    const ends = Promise.allSettled([watching.next(), api.list(), api.list()]);
    await setImmediate();
    await api.close();
    expect(await ends).toMatchObject(Array.from({ length: 3 }, () => ({ reason: { name: 'AbortError' } })));
    await eventually(() => auth.sessions.length).toBe(0);
    await eventually(() => clock.sleeping).toBe(0);
    await expect(api.list()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('costs nothing before the first call', async () => {
    const api = await open({});
    expect(api.route).toBeUndefined();
    await api.close();
    expect(auth.handshakes).toEqual([]);
  });
});
