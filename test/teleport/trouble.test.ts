import { expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createAll, destroyAll } from '../program/world.ts';
import { describeReal, TRANSPORTS, useCluster } from './cluster.ts';
import { inTheEnd, openWorld, type World } from './world.ts';

const truth = useCluster();

const ids = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`);

/** All at once; resolves when they are ready, which is long before they are registered. */
async function burst({ engine }: World, count: number): Promise<void> {
  for (const id of ids(count)) engine.create({ id });
  await Promise.all(ids(count).map((id) => engine.settled(id)));
}

describeReal.each(TRANSPORTS)('by way of %s', (transport) => {
  const open = () => openWorld(truth(), { transport });

  it('a Teleport that is restarted in a burst costs nothing but the time', async () => {
    const world = await open();
    const sidecar = await world.serve();
    await createAll(world.engine, 'old-1', 'old-2');
    await world.atRest(sidecar);
    await Promise.all([burst(world, 60), truth().stop()]);
    await destroyAll(world.engine, 'old-1', 'c3');
    await sidecar.says(503, /Teleport/);
    await truth().start();
    await world.atRest(sidecar);
    expect(await world.names()).toHaveLength(60);
  });

  it('a Teleport that is down at the start is waited for', async () => {
    const world = await open();
    await truth().stop();
    await createAll(world.engine, 'a');
    const sidecar = await world.serve();
    await sidecar.says(503, new RegExp(`Teleport at ${truth().cluster.proxyAddress} \\(--telep`));
    await truth().start();
    await world.atRest(sidecar);
    await sidecar.says(200, /^In step: 1 clone registered\.$/);
  });

  // At some of these moments it is in the middle of its writes, whatever the speed of the machine.
  it.each([20, 80, 200, 500])(
    'a sidecar that is killed %d ms after a burst is in step after one pass of the next',
    async (pauseMs) => {
      const world = await open();
      const sidecar = await world.serve();
      await sidecar.look();
      await burst(world, 60);
      await systemClock.sleep(pauseMs);
      expect(await sidecar.stop('SIGKILL')).toBe('SIGKILL');
      await truth().settled();
      expect(await world.serveToEnd('--once')).toMatchObject({ exit: 0 });
      await inTheEnd(() => world.expectInStep());
    },
  );
});
