import { once } from 'node:events';
import http, { type IncomingHttpHeaders } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { CloneDatabases } from './database.ts';
import { type SandboxEngine, type SandboxEngineOptions, startSandboxEngine } from './engine.ts';

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

async function start(options: SandboxEngineOptions = {}): Promise<SandboxEngine> {
  const engine = await startSandboxEngine({ workMs: 1, ...options });
  releases.push(() => engine.close());
  return engine;
}

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: { readonly event_type: string; readonly entity_id: string; readonly port?: number };
}

const TRIGGER = ['clone_create', 'clone_reset', 'clone_delete'];

/** A receiver of webhooks that answers 200, or as `onEvent` says. */
async function receiver(onEvent: (received: Received) => Promise<void> | void = () => {}) {
  const received: Received[] = [];
  const server = http.createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const event = { headers: request.headers, body: JSON.parse(text) };
    received.push(event);
    await onEvent(event);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  releases.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const hook = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/teleport-sync`,
    secret: 's3cret',
    trigger: TRIGGER,
  };
  const types = () => received.map(({ body }) => `${body.event_type} ${body.entity_id}`);
  const count = (wanted: number) => expect.poll(() => received.length).toBe(wanted);
  return { hook, received, types, count };
}

async function created(engine: SandboxEngine, ...ids: string[]) {
  for (const id of ids) {
    engine.create({ id });
    await engine.settled(id);
  }
}

const portsOf = (engine: SandboxEngine) =>
  Object.fromEntries(engine.clones().map(({ id, db }) => [id, db.port]));

describe('ports', () => {
  test('the lowest free one is taken, so the next clone gets the one just freed', async () => {
    const engine = await start({ ports: { from: 7000, to: 7009 } });
    await created(engine, 'a', 'b', 'c');
    expect(portsOf(engine)).toEqual({ a: '7000', b: '7001', c: '7002' });
    engine.destroy('b');
    await engine.settled('b');
    await created(engine, 'd');
    expect(portsOf(engine)).toEqual({ a: '7000', c: '7002', d: '7001' });
  });

  test('when none is left the clone is accepted and then FATAL, without a port', async () => {
    const { hook, received } = await receiver();
    const engine = await start({ ports: { from: 7000, to: 7000 }, webhooks: [hook] });
    await created(engine, 'a', 'b');
    expect(engine.clones()[0]).toMatchObject({
      id: 'b',
      status: { code: 'FATAL', message: 'failed to get a free port' },
      db: { port: '', connStr: '' },
    });
    engine.destroy('b');
    engine.destroy('a');
    await expect.poll(() => received.length).toBe(2);
    expect(received.map(({ body }) => body.entity_id)).toEqual(['a', 'a']);
  });

  test('from 0 means any, different ones, and the freed one again', async () => {
    const engine = await start({ ports: { from: 0, to: 0 } });
    await created(engine, 'a', 'b');
    const { a, b } = portsOf(engine);
    expect(a).not.toBe(b);
    engine.destroy('a');
    await engine.settled('a');
    await created(engine, 'c');
    expect(portsOf(engine)).toEqual({ b, c: a });
  });

  test('ports of other programs are skipped where a database will listen', async () => {
    const { port, databases } = await busyPort();
    const engine = await start({ databases, ports: { from: port, to: port + 5 } });
    await created(engine, 'a');
    expect(Number(portsOf(engine)['a'])).toBeGreaterThan(port);
  });
});

async function busyPort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  releases.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, databases: fakeDatabases() };
}

interface FakeDatabases extends CloneDatabases {
  readonly running: Map<number, string>;
  readonly asked: number[];
  broken: string;
}

/** Databases that only note what they are asked for; `broken` makes the next start fail. */
function fakeDatabases(): FakeDatabases {
  const running = new Map<number, string>();
  const asked: number[] = [];
  return {
    running,
    asked,
    broken: '',
    async start({ port, username }) {
      asked.push(port);
      if (this.broken !== '') throw new Error(this.broken);
      running.set(port, username);
    },
    async stop(port) {
      running.delete(port);
    },
    async close() {},
  };
}

describe('databases', () => {
  test('start and stop with their clones', async () => {
    const databases = fakeDatabases();
    const engine = await start({ databases, ports: { from: 0, to: 0 } });
    engine.create({ id: 'a', username: 'ann' });
    await engine.settled('a');
    expect([...databases.running]).toEqual([[Number(portsOf(engine)['a']), 'ann']]);
    engine.destroy('a');
    await engine.settled('a');
    expect(databases.running.size).toBe(0);
  });

  test('that do not start make the clone FATAL with their reason, and give the port back', async () => {
    const databases = fakeDatabases();
    const engine = await start({ databases, ports: { from: 0, to: 0 } });
    databases.broken = 'postgres fatal error';
    await created(engine, 'a');
    expect(engine.clones()[0]).toMatchObject({
      status: { code: 'FATAL', message: 'postgres fatal error' },
      db: { port: '' },
    });
    databases.broken = '';
    await created(engine, 'b');
    expect(databases.asked).toEqual([databases.asked[0], databases.asked[0]]);
    expect([...databases.running.keys()]).toEqual([Number(portsOf(engine)['b'])]);
  });

  test('a failed reset keeps the port; the clone can still be destroyed, even a protected one', async () => {
    const databases = fakeDatabases();
    const engine = await start({ databases, ports: { from: 0, to: 0 } });
    engine.create({ id: 'a', protected: true });
    await engine.settled('a');
    const before = portsOf(engine);
    databases.broken = 'no snapshot';
    engine.reset('a');
    await engine.settled('a');
    expect(engine.clones()[0]?.status).toEqual({ code: 'FATAL', message: 'no snapshot' });
    expect(portsOf(engine)).toEqual(before);
    engine.destroy('a');
    await engine.settled('a');
    expect(engine.clones()).toEqual([]);
  });
});

describe('a clone destroyed while it is CREATING', () => {
  test('is gone at once, and its create event comes all the same', async () => {
    const { hook, types, count } = await receiver();
    const engine = await start({ webhooks: [hook] });
    engine.create({ id: 'ghost' });
    engine.destroy('ghost');
    expect(engine.clones()).toEqual([]);
    await count(1);
    expect(types()).toEqual(['clone_create ghost']);
    await created(engine, 'next');
    expect(portsOf(engine)).toEqual({ next: '6001' });
  });
});

describe('a reset', () => {
  test('can bring the clone back at another port, and the old one is free', async () => {
    const { hook, received, count } = await receiver();
    const engine = await start({ webhooks: [hook] });
    await created(engine, 'a');
    engine.reset('a', { moved: true });
    await engine.settled('a');
    expect(portsOf(engine)).toEqual({ a: '6001' });
    await count(2);
    expect(received[1]?.body).toMatchObject({ event_type: 'clone_reset', port: 6001 });
    await created(engine, 'b');
    expect(portsOf(engine)).toEqual({ a: '6001', b: '6000' });
  });

  test('that is overtaken by a destroy is finished first, and the clone stays DELETING', async () => {
    const clock = new FakeClock();
    const engine = await start({ clock, workMs: 10 });
    engine.create({ id: 'a' });
    await clock.advance(10);
    engine.reset('a');
    engine.destroy('a');
    await clock.advance(25);
    expect(engine.clones()).toMatchObject([{ status: { code: 'DELETING' }, db: { port: '6000' } }]);
    await clock.advance(10);
    expect(engine.clones()).toEqual([]);
  });
});

test('a clone that is destroyed twice goes once', async () => {
  const { hook, types, count } = await receiver();
  const engine = await start({ webhooks: [hook] });
  await created(engine, 'a');
  engine.destroy('a');
  engine.destroy('a');
  await engine.settled('a');
  await created(engine, 'b');
  await count(3);
  expect(types().sort()).toEqual(['clone_create a', 'clone_create b', 'clone_delete a']);
});

test('any status can be forced', async () => {
  const engine = await start();
  await created(engine, 'a');
  engine.forceStatus('a', 'SLEEPING');
  expect(engine.clones()[0]?.status).toEqual({ code: 'SLEEPING', message: '' });
});

describe('webhooks', () => {
  test('are what the Engine sends', async () => {
    const { hook, received, count } = await receiver();
    const engine = await start({ webhooks: [hook] });
    engine.create({ id: 'c1', username: 'testuser', owner: 'jsmith@acme.io' });
    await count(1);
    expect(received[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'dblab-webhook-token': 's3cret',
      'user-agent': 'Go-http-client/1.1',
      'accept-encoding': 'gzip',
      'content-length': expect.any(String),
    });
    expect(received[0]?.body).toEqual({
      event_type: 'clone_create',
      entity_id: 'c1',
      host: 'localhost',
      port: 6000,
      username: 'testuser',
      dbname: 'postgres',
      owner_user: 'jsmith@acme.io',
      container_name: 'c1',
    });
  });

  test('come when the clone is ready, and after it is gone and its port is free', async () => {
    const states: unknown[] = [];
    const { hook, count } = await receiver(() => void states.push(portsOf(engine)));
    const engine = await start({ webhooks: [hook] });
    await created(engine, 'a');
    await count(1);
    engine.destroy('a');
    await count(2);
    expect(states).toEqual([{ a: '6000' }, {}]);
  });

  test('carry no token where the secret is empty', async () => {
    const { hook, received, count } = await receiver();
    const engine = await start({ webhooks: [{ ...hook, secret: '' }] });
    engine.create();
    await count(1);
    expect(received[0]?.headers).not.toHaveProperty('dblab-webhook-token');
  });

  test('go to every hook that wants the event, and to no other', async () => {
    const [all, deletes, broken] = [
      await receiver(),
      await receiver(),
      { url: 'nowhere', secret: '', trigger: TRIGGER },
    ];
    const engine = await start();
    engine.setWebhooks([all.hook, broken, { ...deletes.hook, trigger: ['clone_delete', 'no_such_event'] }]);
    await created(engine, 'a');
    engine.destroy('a');
    await all.count(2);
    await deletes.count(1);
    expect(deletes.types()).toEqual(['clone_delete a']);
  });

  test('overlap: none waits for the answer to another', async () => {
    let release = () => {};
    const opened = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { hook, count } = await receiver(() => opened);
    const engine = await start({ webhooks: [hook] });
    for (let n = 0; n < 20; n++) engine.create();
    await count(20);
    release();
  });

  test('are not repeated, whatever becomes of them', async () => {
    let visits = 0;
    const server = net.createServer((socket) => {
      visits++;
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    releases.push(() => server.close());
    const { hook, count } = await receiver();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const engine = await start({ webhooks: [{ ...hook, url }, hook] });
    await created(engine, 'a');
    await created(engine, 'b');
    await count(2);
    expect(visits).toBe(2);
  });

  test('can be lost, doubled and swapped', async () => {
    const { hook, types, count } = await receiver();
    const engine = await start({ webhooks: [hook] });
    engine.faults.webhooks = 'drop';
    await created(engine, 'lost');
    engine.faults.webhooks = 'double';
    await created(engine, 'twice');
    await count(2);
    engine.faults.webhooks = 'swap';
    await created(engine, 'first', 'second');
    await count(4);
    expect(types()).toEqual([
      'clone_create twice',
      'clone_create twice',
      'clone_create second',
      'clone_create first',
    ]);
  });
});
