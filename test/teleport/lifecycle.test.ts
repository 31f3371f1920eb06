import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createAll, destroyAll, eventually } from '../program/world.ts';
import { describeReal, TRANSPORTS, useCluster } from './cluster.ts';
import { openWorld } from './world.ts';

const truth = useCluster();

describeReal.each(TRANSPORTS)('a clone, by way of %s', (transport) => {
  const open = (engine = {}) => openWorld(truth(), { transport, engine });

  it('is registered when it is ready, and no longer when it is destroyed', async () => {
    const world = await open();
    const sidecar = await world.serve();
    world.engine.create({ id: 'my-clone', username: 'alice' });
    await world.engine.settled('my-clone');
    await world.atRest(sidecar);
    expect(await truth().databases()).toMatchObject([
      {
        metadata: {
          name: 'dblab-clone-prod-my-clone-6000',
          labels: {
            dblab: 'true',
            environment: 'prod',
            clone_id: 'my-clone',
            dblab_user: 'alice',
            dblab_instance: 'prod',
            'teleport.dev/origin': 'dynamic',
          },
        },
        spec: { protocol: 'postgres', uri: '127.0.0.1:6000', tls: { mode: 2 } },
      },
    ]);
    await destroyAll(world.engine, 'my-clone');
    await world.atRest(sidecar);
    expect(await world.names()).toEqual([]);
    expect(sidecar.warnings()).toEqual([]);
  });

  it('gets a new name, and loses the old one, when a reset moves it to another port', async () => {
    const world = await open();
    const sidecar = await world.serve();
    await createAll(world.engine, 'a', 'b');
    await world.atRest(sidecar);
    world.engine.reset('a', { moved: true });
    await world.engine.settled('a');
    await world.atRest(sidecar);
    expect(await world.names()).toEqual(['dblab-clone-prod-a-6002', 'dblab-clone-prod-b-6001']);
  });

  it('comes back under the same id while Teleport still shows the old one', async () => {
    const world = await open();
    const sidecar = await world.serve();
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    await destroyAll(world.engine, 'a');
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    expect(await world.names()).toEqual(['dblab-clone-prod-a-6000']);
  });

  it('leaves no orphan when it is destroyed within a moment of its creation', async () => {
    const world = await open({ workMs: 1 });
    const sidecar = await world.serve();
    await sidecar.look();
    // Before it is written, while it is written, and while Teleport does not show it yet.
    for (const lifeMs of [0, 25, 50, 100]) {
      await createAll(world.engine, `short-${lifeMs}`);
      await systemClock.sleep(lifeMs);
      await destroyAll(world.engine, `short-${lifeMs}`);
    }
    await world.atRest(sidecar);
    expect(await world.names()).toEqual([]);
  });

  it('leads nobody to the next clone of its port, though it was registered just before', async () => {
    const world = await open({ workMs: 1 });
    const sidecar = await world.serve();
    await createAll(world.engine, 'old');
    await eventually(() => sidecar.log.some((line) => line.includes('dblab-clone-prod-old-6000')));
    await destroyAll(world.engine, 'old');
    await createAll(world.engine, 'new');
    await world.atRest(sidecar);
    expect(await world.names()).toEqual(['dblab-clone-prod-new-6000']);
  });

  it('is one of a hundred that come and go at once', async () => {
    const world = await open();
    const sidecar = await world.serve();
    const ids = Array.from({ length: 100 }, (_, index) => `c${index}`);
    for (const id of ids) world.engine.create({ id });
    await Promise.all(ids.map((id) => world.engine.settled(id)));
    await world.atRest(sidecar);
    expect(new Set(await world.names()).size).toBe(100);
    await destroyAll(world.engine, ...ids);
    await world.atRest(sidecar);
    expect(await world.names()).toEqual([]);
  });

  describe('with an id that Teleport would not take in a name', () => {
    const IDS = ['my_clone', 'my.clone', 'my-clone', '7up', 'tail-', 'tail_', 'x'.repeat(200), 'A.B_c-d'];

    it('has a name that is unique, stays the same after a restart, and goes like any other', async () => {
      const world = await open();
      const sidecar = await world.serve();
      await createAll(world.engine, ...IDS);
      await world.atRest(sidecar);
      const names = await world.names();
      expect(new Set(names).size).toBe(IDS.length);
      await sidecar.stop();
      const next = await world.serve();
      await world.atRest(next);
      expect(await world.names()).toEqual(names);
      await destroyAll(world.engine, ...IDS);
      await world.atRest(next);
      expect(await world.names()).toEqual([]);
    });
  });
});
