import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Event, WatchSchema } from '../../teleport/gen/auth_pb.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { Caller } from './api-caller.ts';
import { aDatabase, anApp, callAs, refusalOf } from './api-caller.ts';
import type { TeleportVersion } from './document.ts';
import type { SandboxTeleport } from './teleport.ts';
import { startSandboxTeleport } from './teleport.ts';

const LAG_MS = 500;
const AGENT_DELAY_MS = 1000;
type Request = MessageInitShape<typeof WatchSchema>;

const KINDS = ['db', 'app', 'db_server', 'app_server'].map((kind) => ({ kind }));

let folder: string;
let identity: string;
let clock: FakeClock;
let teleport: SandboxTeleport;
let caller: Caller;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-watch-'));
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

interface Listening {
  /** In the order of their arrival, the first one included. */
  readonly heard: Event[];
  /** The same in short. */
  readonly lines: () => string[];
  readonly over: Promise<{ code: number; text: string } | 'none'>;
}

/** A stream that is open when this resolves. */
async function listen(request: Request = { kinds: KINDS }): Promise<Listening> {
  const heard: Event[] = [];
  const over = refusalOf(
    (async () => {
      for await (const event of caller.api.watchEvents(request)) heard.push(event);
    })(),
  );
  await expect.poll(() => heard.length).toBe(1);
  return { heard, lines: () => heard.map(inShort), over };
}

function inShort({ type, resource }: Event): string {
  const action = ['init', 'put', 'delete'][type];
  if (resource.case === 'watchStatus' || resource.case === undefined) return `${action}`;
  return `${action} ${resource.case} ${resource.value.kind}/${resource.value.metadata?.name}`;
}

const put = (name: string, labels: Record<string, string> = {}) =>
  teleport.put({ kind: 'db', metadata: { name, labels }, spec: { protocol: 'postgres', uri: 'h:1' } });

describe('a watch', () => {
  it('begins with the kinds that it tells of, and with nothing of the past', async () => {
    put('old');
    await clock.advance(LAG_MS + AGENT_DELAY_MS);
    const { heard, lines } = await listen();
    expect(heard[0]?.resource).toMatchObject({ case: 'watchStatus', value: { spec: { kinds: KINDS } } });
    put('new');
    await clock.advance(LAG_MS);
    await expect.poll(lines).toEqual(['init', 'put database db/new']);
  });

  it('tells of a change when lists show it, and of its agent a second later', async () => {
    const { lines, heard } = await listen();
    await caller.api.createDatabase(aDatabase('a', { environment: 'prod' }));
    await clock.advance(LAG_MS - 1);
    await caller.api.getDatabases({});
    expect(lines()).toEqual(['init']);
    await clock.advance(1);
    await expect.poll(lines).toEqual(['init', 'put database db/a']);
    expect((await caller.api.getDatabases({})).databases).toHaveLength(1);
    await clock.advance(AGENT_DELAY_MS);
    await expect.poll(lines).toHaveLength(3);
    expect(lines()[2]).toBe('put databaseServer db_server/a');
    expect(heard[1]?.resource.value).toMatchObject({ metadata: { labels: { environment: 'prod' } } });
    const [agent] = teleport.agents();
    expect(heard[2]?.resource.value).toMatchObject({
      metadata: { expires: timestampFromMs(clock.now() + 600_000) },
      spec: { hostname: 'localhost', hostId: agent?.hostId, database: { metadata: { name: 'a' } } },
      status: { targetHealth: { status: 'healthy' } },
    });
  });

  it('keeps the order of the changes, whatever they are', async () => {
    const { lines } = await listen({ kinds: KINDS.slice(0, 2) });
    await caller.api.createDatabase(aDatabase('a'));
    await caller.api.createApp(anApp('b'));
    await clock.advance(LAG_MS);
    await caller.api.updateDatabase(aDatabase('a', {}, '127.0.0.1:6001'));
    await caller.api.deleteDatabase({ name: 'a' });
    await caller.api.createDatabase(aDatabase('a'));
    await clock.advance(LAG_MS);
    await expect
      .poll(lines)
      .toEqual([
        'init',
        'put database db/a',
        'put app app/b',
        'put database db/a',
        'delete resourceHeader db/a',
        'put database db/a',
      ]);
  });

  it('tells of what the role may not see, for labels do not matter here', async () => {
    teleport.setRole('dblab-bot', { dbLabels: {}, appLabels: {}, rules: [] });
    const { lines } = await listen();
    put('hidden', { secret: 'yes' });
    await clock.advance(LAG_MS);
    await expect.poll(lines).toEqual(['init', 'put database db/hidden']);
    expect((await caller.api.getDatabases({})).databases).toEqual([]);
  });

  it('tells that a lease is over', async () => {
    const { lines } = await listen();
    const leased = aDatabase('a');
    if (leased.metadata) leased.metadata.expires = timestampFromMs(clock.now() + 60_000);
    await caller.api.createDatabase(leased);
    await clock.advance(60_000);
    await expect.poll(lines).toHaveLength(3);
    await clock.advance(LAG_MS + AGENT_DELAY_MS);
    await expect
      .poll(lines)
      .toEqual([
        'init',
        'put database db/a',
        'put databaseServer db_server/a',
        'delete resourceHeader db/a',
        'delete resourceHeader db_server/a',
      ]);
  });

  it('tells of agents that come, change and go', async () => {
    await caller.api.createDatabase(aDatabase('a'));
    await caller.api.createApp(anApp('b'));
    await clock.advance(LAG_MS + AGENT_DELAY_MS);
    const { lines, heard } = await listen();
    const agent = { hostId: 'h', hostname: 'elsewhere', appResources: [{ '*': ['*'] }] };
    teleport.addAgent(agent);
    teleport.addAgent({ ...agent, health: 'unhealthy' });
    teleport.removeAgent('h');
    await expect
      .poll(lines)
      .toEqual([
        'init',
        'put databaseServer db_server/a',
        'put appServer app_server/b',
        'put databaseServer db_server/a',
        'put appServer app_server/b',
        'delete resourceHeader db_server/a',
        'delete resourceHeader app_server/b',
      ]);
    expect(heard[5]?.resource.value).toMatchObject({ version: 'v3', metadata: { description: 'h' } });
  });

  it('tells in 15 by the message itself that an agent no longer serves, without a status', async () => {
    caller.close();
    await teleport.close();
    await open('15.1.4');
    await caller.api.createDatabase(aDatabase('a'));
    await clock.advance(LAG_MS);
    const { lines, heard } = await listen();
    await clock.advance(AGENT_DELAY_MS);
    await caller.api.deleteDatabase({ name: 'a' });
    await clock.advance(LAG_MS + AGENT_DELAY_MS);
    await expect
      .poll(lines)
      .toEqual([
        'init',
        'put databaseServer db_server/a',
        'delete resourceHeader db/a',
        'delete databaseServer db_server/a',
      ]);
    expect(heard[1]?.resource.value).not.toHaveProperty('status');
    expect(heard[3]?.resource.value).toMatchObject({ metadata: { name: 'a' } });
    expect(heard[3]?.resource.value).not.toHaveProperty('spec');
  });

  it('ends when the cluster stops, and may be opened again when it is back', async () => {
    const { over } = await listen();
    await teleport.stop();
    expect(await over).not.toBe('none');
    await teleport.start();
    const { lines } = await listen();
    put('a');
    await clock.advance(LAG_MS);
    await expect.poll(lines).toEqual(['init', 'put database db/a']);
    expect(teleport.counters()).toMatchObject({ watches: 2, grpcConnections: 2 });
  });
});

describe('a watch that is refused', () => {
  const first = (of: Caller, request: Request) =>
    refusalOf(of.api.watchEvents(request)[Symbol.asyncIterator]().next());
  const kinds = (...names: string[]) => names.map((kind) => ({ kind }));

  it.each([
    ['one kind that the role may not read', kinds('db', 'db_service'), 7, 'action "read" on "db_service"'],
    ['no kinds', [], 3, 'global watches are not supported yet'],
    ['a name', [{ kind: 'db', name: 'a' }], 3, 'only supported for Namespace'],
  ])('says why: %s', async (_, asked, code, text) => {
    expect(await first(caller, { kinds: asked })).toEqual({ code, text: expect.stringContaining(text) });
  });

  it('opens for the other kinds where the caller asked for that', async () => {
    const request = { kinds: kinds('db', 'db_service', 'nope'), allowPartialSuccess: true };
    const { heard } = await listen(request);
    expect(heard[0]?.resource.value).toMatchObject({ spec: { kinds: [{ kind: 'db' }] } });
    const none = { ...request, kinds: kinds('db_service') };
    expect(await first(caller, none)).toMatchObject({ code: Code.PermissionDenied });
  });

  it('says which kinds nobody can watch', async () => {
    await teleport.issueIdentity({ file: identity, roles: ['admin'] });
    const admin = callAs(identity, teleport.proxyAddress);
    const request = { kinds: kinds('nope') };
    expect(await first(admin, request)).toEqual({
      code: 3,
      text: 'watcher on object kind "nope" is not supported',
    });
    expect(await first(admin, { ...request, allowPartialSuccess: true })).toEqual({
      code: 3,
      text: 'none of the requested kinds can be watched',
    });
    admin.close();
  });
});
