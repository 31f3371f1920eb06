import { describe, expect, it } from 'vitest';
import { database } from './documents.ts';
import { createAll, destroyAll, eventually, openWorld, QUICK } from './world.ts';

describe('a clone', () => {
  it('is registered when it is ready, and no longer when it is destroyed', async () => {
    const world = await openWorld();
    const sidecar = await world.serve();
    world.engine.create({ id: 'my-clone', username: 'alice' });
    await world.engine.settled('my-clone');
    await world.atRest(sidecar);
    expect(world.teleport.databases()).toMatchObject([
      {
        kind: 'db',
        metadata: {
          name: 'dblab-clone-prod-my-clone-6000',
          labels: {
            dblab: 'true',
            environment: 'prod',
            clone_id: 'my-clone',
            dblab_user: 'alice',
            dblab_instance: 'prod',
          },
        },
        spec: { protocol: 'postgres', uri: '127.0.0.1:6000', tls: { mode: 2 } },
      },
    ]);
    await destroyAll(world.engine, 'my-clone');
    await world.atRest(sidecar);
    expect(world.databases()).toEqual([]);
  });

  it('gets a new name, and loses the old one, when a reset moves it to another port', async () => {
    const world = await openWorld({ teleport: { cacheLag: QUICK } });
    const sidecar = await world.serve();
    await createAll(world.engine, 'a', 'b');
    await world.atRest(sidecar);
    world.engine.reset('a', { moved: true });
    await world.engine.settled('a');
    await world.atRest(sidecar);
    expect(world.databases()).toEqual(['dblab-clone-prod-a-6002', 'dblab-clone-prod-b-6001']);
  });

  it('keeps its registration untouched through a reset that does not move it', async () => {
    const world = await openWorld({ teleport: { cacheLag: QUICK } });
    const sidecar = await world.serve();
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    const writes = world.teleport.history().length;
    world.engine.forceStatus('a', 'RESETTING');
    await sidecar.look();
    expect(world.teleport.history()).toHaveLength(writes);
    world.engine.reset('a');
    await world.engine.settled('a');
    await world.atRest(sidecar);
    expect(world.teleport.history()).toHaveLength(writes);
  });

  it('is written once, though Teleport does not show it for a while', async () => {
    const world = await openWorld({ teleport: { cacheLag: QUICK } });
    const sidecar = await world.serve();
    await sidecar.look();
    world.teleport.setCacheLag({ minMs: 5_000, maxMs: 5_000 });
    const { writes } = world.teleport.counters();
    await createAll(world.engine, 'a');
    await eventually(() => world.expectInStep());
    await sidecar.look();
    expect(world.teleport.cached('db')).toEqual([]);
    expect(world.teleport.counters().writes - writes).toBe(1);
    expect(sidecar.warnings()).toEqual([]);
  });

  it('comes back under the same id while Teleport still shows the old one', async () => {
    const world = await openWorld();
    const sidecar = await world.serve();
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    await destroyAll(world.engine, 'a');
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    expect(world.databases()).toEqual(['dblab-clone-prod-a-6000']);
  });

  it('leaves no orphan when it is created and destroyed within a moment', async () => {
    const world = await openWorld({ engine: { workMs: 1 } });
    const sidecar = await world.serve();
    const written = new Promise((resolve) => world.teleport.onChange(resolve));
    await createAll(world.engine, 'a');
    // Before Teleport shows what was written, or even while it is being written.
    await written;
    await destroyAll(world.engine, 'a');
    await world.atRest(sidecar);
    expect(world.databases()).toEqual([]);
  });

  it('leaves no orphan when it is destroyed before its registration was written', async () => {
    const world = await openWorld({ engine: { workMs: 1 } });
    const sidecar = await world.serve();
    for (const id of ['a', 'b', 'c']) {
      await createAll(world.engine, id);
      await destroyAll(world.engine, id);
    }
    await world.atRest(sidecar);
    expect(world.databases()).toEqual([]);
  });

  it('may carry further labels, and an address as the agent knows it', async () => {
    const world = await openWorld({
      engine: { bindClonesToUser: true },
      teleport: { cacheLag: QUICK },
    });
    world.engine.create({ id: 'a', username: 'alice', owner: 'ann@example.com' });
    await world.engine.settled('a');
    const args = ['--label', 'team=red', '--label', 'environment=eu', '--clone-host', 'fd00::1'];
    await world.serve({ args: [...args, '--dblab-user-label', 'owner'] });
    await expect
      .poll(() => world.teleport.databases(), { timeout: 20_000 })
      .toMatchObject([
        {
          metadata: {
            name: 'dblab-clone-prod-a-6000',
            labels: {
              team: 'red',
              environment: 'eu',
              dblab_instance: 'prod',
              dblab_user: 'ann@example.com',
              dblab_owner: 'ann@example.com',
            },
          },
          spec: { uri: '[fd00::1]:6000' },
        },
      ]);
  });
});

describe('a port that passes to the next clone', () => {
  it('leads nobody to it under the old name, though the old registration was just written', async () => {
    const world = await openWorld({ teleport: { cacheLag: { minMs: 1500, maxMs: 1500 } } });
    const sidecar = await world.serve();
    const written = new Promise((resolve) => world.teleport.onChange(resolve));
    await createAll(world.engine, 'old');
    await written;
    await destroyAll(world.engine, 'old');
    await createAll(world.engine, 'new');
    await world.atRest(sidecar);
    expect(world.databases()).toEqual(['dblab-clone-prod-new-6000']);
  });

  it('leads nobody to it though no webhook told of the end of the old one', async () => {
    const world = await openWorld({ teleport: { cacheLag: QUICK } });
    const sidecar = await world.serve();
    await createAll(world.engine, 'old');
    await world.atRest(sidecar);
    world.engine.faults.webhooks = 'drop';
    await destroyAll(world.engine, 'old');
    world.engine.faults.webhooks = 'deliver';
    await createAll(world.engine, 'new');
    await world.atRest(sidecar);
    expect(world.databases()).toEqual(['dblab-clone-prod-new-6000']);
    const writes = world.teleport.history().map(({ action, name }) => `${action} ${name}`);
    expect(writes.indexOf('delete dblab-clone-prod-old-6000')).toBeLessThan(
      writes.indexOf('create dblab-clone-prod-new-6000'),
    );
  });

  it('leads nobody to it while the removal of its likes is held', async () => {
    const world = await openWorld({ teleport: { cacheLag: QUICK } });
    const first = await world.serve();
    await createAll(world.engine, 'c0', 'c1', 'c2', 'c3', 'c4', 'c5');
    await world.atRest(first);
    await first.stop();
    await destroyAll(world.engine, 'c0', 'c1', 'c2', 'c3', 'c4');
    await createAll(world.engine, 'new');
    const second = await world.serve();
    await second.says(200, /Removals are held: .*"c1", "c2", "c3", "c4"\./);
    await second.look();
    expect(world.databases()).toEqual([
      'dblab-clone-prod-c1-6001',
      'dblab-clone-prod-c2-6002',
      'dblab-clone-prod-c3-6003',
      'dblab-clone-prod-c4-6004',
      'dblab-clone-prod-c5-6005',
      'dblab-clone-prod-new-6000',
    ]);
  });

  it('leads nobody to it when its own name belongs to a stranger', async () => {
    const world = await openWorld({ teleport: { cacheLag: QUICK } });
    const sidecar = await world.serve();
    await createAll(world.engine, 'old');
    await world.atRest(sidecar);
    world.teleport.put(database('dblab-clone-prod-new-6000', { team: 'red' }));
    world.engine.faults.webhooks = 'drop';
    await destroyAll(world.engine, 'old');
    world.engine.faults.webhooks = 'deliver';
    await createAll(world.engine, 'new');
    await sidecar.says(
      200,
      /db\/dblab-clone-prod-new-6000 exists in Teleport and was not made by this program/,
    );
    await sidecar.look();
    expect(world.databases()).toEqual(['dblab-clone-prod-new-6000']);
  });
});
