import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createAll, destroyAll, eventually, onTestEnd, openWorld, QUICK } from './world.ts';

const quick = () => openWorld({ teleport: { cacheLag: QUICK } });

const byTctl = () => openWorld({ teleport: { cacheLag: QUICK }, transport: 'tctl' });

const ids = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`);

describe('a Teleport that is down', () => {
  it('at start is waited for, and /readyz names its address and its flag', async () => {
    const world = await quick();
    await world.teleport.stop();
    await createAll(world.engine, 'a');
    const sidecar = await world.serve();
    await sidecar.says(503, new RegExp(`Teleport at ${world.teleport.proxyAddress} \\(--teleport-proxy\\)`));
    await world.teleport.start();
    await sidecar.says(200, /^In step: 1 clone registered\.$/);
    await world.atRest(sidecar);
  });

  it('in the middle of a burst costs nothing but the time', async () => {
    const world = await openWorld();
    const sidecar = await world.serve();
    await createAll(world.engine, 'old-1', 'old-2');
    const some = new Promise<void>((resolve) =>
      world.teleport.onChange(() => {
        if (world.databases().length >= 8) resolve();
      }),
    );
    const burst = createAll(world.engine, ...ids(30));
    await some;
    await world.teleport.stop();
    await burst;
    await destroyAll(world.engine, 'old-1', 'c3', 'c29');
    await sidecar.says(503, /Teleport at \S+ \(--teleport-proxy\)/);
    await world.teleport.start();
    await world.atRest(sidecar);
    expect(world.databases()).toHaveLength(29);
  });
});

describe('a Teleport that misbehaves', () => {
  it('may cut the line in the middle of a run', async () => {
    const world = await quick();
    const sidecar = await world.serve();
    await sidecar.look();
    world.teleport.setFault({ kind: 'drop', afterDocuments: 3 });
    for (const id of ids(10)) world.engine.create({ id });
    await eventually(() => world.databases().length >= 3);
    world.teleport.setFault(undefined);
    await world.atRest(sidecar);
    expect(world.databases()).toHaveLength(10);
  });

  it('may be slow', async () => {
    const world = await openWorld();
    world.teleport.setFault({ kind: 'slow', ms: 700 });
    const sidecar = await world.serve();
    await createAll(world.engine, ...ids(5));
    await destroyAll(world.engine, 'c1');
    await world.atRest(sidecar);
  });

  it('may hang: webhooks and health checks are answered all the while', async () => {
    const world = await byTctl();
    const sidecar = await world.serve();
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    world.teleport.setFault({ kind: 'hang' });
    const runs = world.teleport.counters().tctlRuns;
    await createAll(world.engine, 'b');
    await eventually(() => world.teleport.counters().tctlRuns > runs);
    const statuses = await Promise.all(
      ids(50).map((id) => sidecar.hook({ event_type: 'clone_create', entity_id: id })),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect((await fetch(`${sidecar.statusUrl}/healthz`)).status).toBe(200);
    // One writer: whatever comes meanwhile waits for the call that hangs.
    expect(world.teleport.counters().tctlRuns).toBe(runs + 1);
    world.teleport.setFault(undefined);
    await world.teleport.stop();
    await world.teleport.start();
    await world.atRest(sidecar);
  });

  it('may refuse in words that nobody knows: they are passed on, with how to see more', async () => {
    const world = await byTctl();
    world.teleport.setFault({ kind: 'refuse', text: 'the moon is in the wrong quarter' });
    const sidecar = await world.serve();
    await sidecar.says(
      503,
      /^tctl failed: the moon is in the wrong quarter\. To see the cause, run: .*get db$/,
    );
    world.teleport.setFault(undefined);
    await sidecar.says(200, /^In step/);
  });
});

it('a tctl that is not there is named, with the flag', async () => {
  const world = await byTctl();
  const sidecar = await world.serve({ args: ['--tctl-path', '/nowhere/tctl'] });
  await sidecar.says(503, /^There is no tctl at \/nowhere\/tctl\. .*--tctl-path\.$/);
});

describe('an address that is taken', () => {
  /** Holds an address; answers with its port. */
  async function hold(port: number): Promise<number> {
    const server: Server = createServer().listen(port, '127.0.0.1');
    onTestEnd(() => server.close());
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  it.each(['--listen-addr', '--status-addr'])(
    'ends the sidecar, and its last words name %s',
    async (flag) => {
      const world = await quick();
      const free = flag === '--listen-addr' ? '--status-addr' : '--listen-addr';
      const taken = `127.0.0.1:${await hold(0)}`;
      const { exit, stderr } = await world.serveToEnd([free, '127.0.0.1:0', flag, taken]);
      expect(exit).toBe(1);
      expect(stderr).toContain(`Cannot listen on ${taken} (${flag}): another program holds this address`);
    },
  );

  it('is only warned about where it is the default one of /readyz', async () => {
    const world = await quick();
    // Whoever holds it, it is taken.
    await hold(9877).catch(() => {});
    const sidecar = await world.serve({ statusAddress: 'default' });
    expect(sidecar.statusUrl).toBeUndefined();
    expect(sidecar.warnings()).toContainEqual(
      expect.stringMatching(
        /\(--status-addr\): another program .* Going on without \/healthz and \/readyz\.$/,
      ),
    );
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
  });
});
