import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TeleportErrorCode } from '../teleport/error.ts';
import { type App, type Database, type Labels, type Resource, reference } from '../teleport/resource.ts';
import type { Change, Teleport } from '../teleport/teleport.ts';

/** A transport and the cluster behind it, with the handles that a test needs to play the world. */
export interface TeleportUnderTest {
  readonly teleport: Teleport;
  /** Everything that is stored, whoever may see it, without the lag of lists. */
  stored(): Awaitable<readonly StoredDocument[]>;
  /** A write by somebody else; `document` is spelled as in `tctl create`. */
  put(document: object): Awaitable<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Puts an identity in the place of the present one that is valid for so long, or was until so long ago. */
  issueIdentity(ttlMs: number): Promise<void>;
  /** Changes what the bot's role may do. */
  allow(what: 'everything' | 'databases' | 'nothing'): Awaitable<void>;
  /** Calls are taken and never answered. */
  hang(): void;
  /** How many calls have reached the cluster. */
  calls(): number;
  close(): Promise<void>;
}

type Awaitable<T> = T | Promise<T>;

export interface StoredDocument {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly description?: string | undefined;
    readonly labels: Labels;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What every transport has to keep. `open` makes a fresh, empty cluster whose lists lag a little. */
export function describeTeleport(name: string, open: () => Promise<TeleportUnderTest>): void {
  describe(`Teleport by way of ${name}`, () => {
    const bench = new Bench(open);
    beforeEach(() => bench.set());
    afterEach(() => bench.clear());
    describe('lists', () => lists(bench));
    describe('creating', () => creating(bench));
    describe('updating', () => updating(bench));
    describe('removing', () => removing(bench));
    describe('trouble', () => trouble(bench));
  });
}

/** What a test has before it: a world of its own each time. */
class Bench {
  readonly #open: () => Promise<TeleportUnderTest>;
  #world: TeleportUnderTest | undefined;

  constructor(open: () => Promise<TeleportUnderTest>) {
    this.#open = open;
  }

  async set(): Promise<void> {
    this.#world = await this.#open();
  }

  async clear(): Promise<void> {
    await this.#world?.close();
  }

  get world(): TeleportUnderTest {
    if (this.#world === undefined) throw new Error('no test is running');
    return this.#world;
  }

  get teleport(): Teleport {
    return this.world.teleport;
  }

  async names(): Promise<string[]> {
    return (await this.world.stored()).map(({ metadata }) => metadata.name);
  }

  async find({ kind, name }: Resource): Promise<StoredDocument | undefined> {
    return (await this.world.stored()).find((it) => it.kind === kind && it.metadata.name === name);
  }

  /** The resource as lists show it, once they do. */
  seen(resource: Resource) {
    return expect.poll(() => this.#listed(resource), { timeout: 10_000 });
  }

  async current(resource: Resource): Promise<Resource> {
    await this.seen(resource).toBeDefined();
    return (await this.#listed(resource)) ?? resource;
  }

  async #listed(resource: Resource): Promise<Resource | undefined> {
    const all = await this.teleport.list();
    return all.find((it) => reference(it) === reference(resource));
  }
}

function lists(bench: Bench): void {
  it('are empty where nothing is registered', async () => {
    await expect(bench.teleport.list()).resolves.toEqual([]);
  });

  it('show what was created, each in the fields that are ours', async () => {
    await expect(bench.teleport.apply([create(clone), create(app)])).resolves.toEqual([OK, OK]);
    for (const resource of [clone, app]) {
      const labels = { ...resource.labels, 'teleport.dev/origin': 'dynamic' };
      await bench.seen(resource).toEqual({ ...resource, labels, source: expect.anything() });
    }
  });

  it("show somebody else's, too, whatever their labels say", async () => {
    await bench.world.put({
      kind: 'db',
      metadata: { name: 'theirs', labels: HOSTILE },
      spec: { protocol: 'mysql', uri: 'h:1' },
    });
    const labels = expect.objectContaining(HOSTILE);
    await bench.seen({ ...clone, name: 'theirs' }).toMatchObject({
      protocol: 'mysql',
      labels,
      tlsMode: 'verify-full',
    });
  });
}

function creating(bench: Bench): void {
  it('never overwrites', async () => {
    await bench.teleport.apply([create(clone)]);
    const other = { ...clone, uri: '127.0.0.1:6999', labels: { dblab: 'other' } };
    await expect(bench.teleport.apply([create(other)])).resolves.toEqual([failed('already-exists')]);
    expect(await bench.find(clone)).toMatchObject({
      spec: { uri: clone.uri },
      metadata: { labels: clone.labels },
    });
  });

  it('keeps labels of any text', async () => {
    const hostile = { ...clone, labels: HOSTILE };
    await expect(bench.teleport.apply([create(hostile)])).resolves.toEqual([OK]);
    expect((await bench.find(clone))?.metadata.labels).toEqual({
      ...HOSTILE,
      'teleport.dev/origin': 'dynamic',
    });
    await bench.seen(clone).toMatchObject({ labels: HOSTILE });
  });

  it('answers one outcome per change, in their order, and a refusal stops no other', async () => {
    const bad = { ...clone, name: 'under_score' };
    const worse = { ...clone, name: 'no-port', uri: 'localhost' };
    const changes = [create(app), create(bad), create(clone), create(worse), create(second)];
    await expect(bench.teleport.apply(changes)).resolves.toEqual([
      OK,
      failed('invalid'),
      OK,
      failed('invalid'),
      OK,
    ]);
    expect((await bench.names()).sort()).toEqual([app.name, clone.name, second.name].sort());
  });

  it('takes a hundred at once', async () => {
    const many = Array.from({ length: 100 }, (_, index) => ({ ...clone, name: `many-${index}` }));
    await expect(bench.teleport.apply(many.map(create))).resolves.toEqual(many.map(() => OK));
    expect(await bench.world.stored()).toHaveLength(100);
  });

  it('does nothing when there is nothing to do', async () => {
    await bench.world.stop();
    await expect(bench.teleport.apply([])).resolves.toEqual([]);
  });
}

function updating(bench: Bench): void {
  it("keeps what is not ours: description, other settings, Teleport's labels", async () => {
    await bench.world.put({
      kind: 'db',
      metadata: { name: clone.name, description: 'mind the gap', labels: { dblab: 'true', stale: 'x' } },
      spec: { protocol: 'postgres', uri: 'old:1', tls: { mode: 'verify-ca', server_name: 'kept' } },
    });
    const change: Change = { action: 'update', resource: clone, current: await bench.current(clone) };
    await expect(bench.teleport.apply([change])).resolves.toEqual([OK]);
    expect(await bench.find(clone)).toMatchObject({
      metadata: { description: 'mind the gap' },
      spec: { uri: clone.uri, tls: { mode: 2, server_name: 'kept' } },
    });
    expect((await bench.find(clone))?.metadata.labels).toEqual({
      ...clone.labels,
      'teleport.dev/origin': 'dynamic',
    });
  });

  it('corrects an app', async () => {
    await bench.world.put({
      kind: 'app',
      metadata: { name: app.name },
      spec: { uri: 'http://old', public_addr: 'a.b' },
    });
    const change: Change = { action: 'update', resource: app, current: await bench.current(app) };
    await expect(bench.teleport.apply([change])).resolves.toEqual([OK]);
    expect(await bench.find(app)).toMatchObject({
      spec: { uri: app.uri, insecure_skip_verify: true, public_addr: 'a.b' },
    });
  });

  it('of one that is gone says so, or makes it anew', async () => {
    const [outcome] = await bench.teleport.apply([{ action: 'update', resource: clone, current: clone }]);
    if (outcome?.ok) expect(await bench.find(clone)).toBeDefined();
    else expect(outcome).toEqual(failed('not-found'));
  });
}

function removing(bench: Bench): void {
  it('removes what was named and nothing else', async () => {
    await bench.teleport.apply([create(clone), create(second), create(app)]);
    const changes = [remove(await bench.current(clone)), remove(await bench.current(app))];
    await expect(bench.teleport.apply(changes)).resolves.toEqual([OK, OK]);
    expect(await bench.names()).toEqual([second.name]);
  });

  it('says what was not there, and still removes the rest', async () => {
    await bench.teleport.apply([create(clone), create(second)]);
    const there = [await bench.current(clone), await bench.current(second)];
    const nowhere = { ...clone, name: 'nowhere' };
    const outcomes = await bench.teleport.apply([nowhere, ...there, { ...app, name: 'nowhere' }].map(remove));
    expect(outcomes).toEqual([failed('not-found'), OK, OK, failed('not-found')]);
    expect(await bench.world.stored()).toEqual([]);
  });
}

function trouble(bench: Bench): void {
  it('a Teleport that cannot be reached fails each change, and works again when it is back', async () => {
    await bench.world.stop();
    await expect(bench.teleport.list()).rejects.toMatchObject({ code: 'unreachable' });
    const changes = [create(clone), create(app), remove(second)];
    await expect(bench.teleport.apply(changes)).resolves.toEqual(changes.map(() => failed('unreachable')));
    await bench.world.start();
    await expect(bench.teleport.apply([create(clone)])).resolves.toEqual([OK]);
  });

  it('an identity that has expired fails each change, and a new one is taken up', async () => {
    await bench.world.issueIdentity(-60_000);
    await expect(bench.teleport.list()).rejects.toMatchObject({ code: 'identity-expired' });
    await expect(bench.teleport.apply([create(clone)])).resolves.toEqual([failed('identity-expired')]);
    await bench.world.issueIdentity(3600_000);
    await expect(bench.teleport.apply([create(clone)])).resolves.toEqual([OK]);
  });

  it('a role that may not touch apps fails the app alone, and the reason names the lines it lacks', async () => {
    await bench.world.allow('databases');
    const [denied, ...others] = await bench.teleport.apply([create(app), create(clone), create(second)]);
    expect(denied).toEqual(failed('labels-denied'));
    expect(denied).toMatchObject({ error: { message: expect.stringContaining('app_labels:') } });
    expect(others).toEqual([OK, OK]);
  });

  it('a role without rights sees an empty list and may not write', async () => {
    await bench.teleport.apply([create(clone)]);
    await bench.seen(clone).toBeDefined();
    await bench.world.allow('nothing');
    await expect(bench.teleport.list()).resolves.toEqual([]);
    await expect(bench.teleport.apply([create(second), create(app)])).resolves.toEqual([
      failed('rule-denied'),
      failed('rule-denied'),
    ]);
  });

  it('a call that hangs ends when its caller gives up', async () => {
    bench.world.hang();
    const list = new AbortController();
    const apply = new AbortController();
    const calls = [bench.teleport.list(list.signal), bench.teleport.apply([create(clone)], apply.signal)];
    const reasons = Promise.allSettled(calls);
    await expect.poll(() => bench.world.calls()).toBeGreaterThanOrEqual(2);
    list.abort(new Error('no list'));
    apply.abort(new Error('no writes'));
    expect(await reasons).toMatchObject([
      { reason: { message: 'no list' } },
      { reason: { message: 'no writes' } },
    ]);
  });
}

const OK = { ok: true };
const failed = (code: TeleportErrorCode) => ({ ok: false, error: expect.objectContaining({ code }) });

const clone: Database = {
  kind: 'db',
  name: 'dblab-clone-prod-a-6000',
  labels: { dblab: 'true', clone_id: 'a' },
  protocol: 'postgres',
  uri: '127.0.0.1:6000',
  tlsMode: 'insecure',
};
const second: Database = { ...clone, name: 'dblab-clone-prod-b-6001', uri: '127.0.0.1:6001' };
const app: App = {
  kind: 'app',
  name: 'dblab-api-prod',
  labels: { dblab: 'true' },
  uri: 'https://127.0.0.1:2345',
  insecureSkipVerify: true,
};

/** Label values that mean something to YAML, to JSON, to a shell or to a terminal. */
const HOSTILE: Labels = {
  quotes: `"'\`\\`,
  lines: 'a\n---\nkind: role\n\r\n\t b ',
  yaml: '!!binary &a *a {x: [1, ~]} # no',
  yes: 'yes',
  number: '0o17',
  nothing: '',
  null: 'null',
  shell: '$(reboot); | > /dev/null',
  unicode: 'é 日本 👋 \u2028\u0085\u007f',
  __proto__x: 'x',
};

function create(resource: Resource): Change {
  return { action: 'create', resource };
}

function remove(resource: Resource): Change {
  return { action: 'delete', current: resource };
}
