import { describe, expect, it } from 'vitest';
import { createAll, destroyAll, eventually, openWorld, QUICK, type Sidecar, type World } from './world.ts';

/*
 * When clones are gone from the Engine's list. How long a removal is held, and that it is carried out after
 * a minute, is tested with a clock that can be turned (sync/loop.test.ts).
 */

const SOON = ['--poll-interval', '200ms', '--reconcile-interval', '1s'];

/** A world at rest with so many clones. */
async function peopled(count: number): Promise<{ world: World; sidecar: Sidecar }> {
  const world = await openWorld({ teleport: { cacheLag: QUICK } });
  const sidecar = await world.serve({ args: SOON });
  await createAll(world.engine, ...Array.from({ length: count }, (_, index) => `c${index}`));
  await world.atRest(sidecar);
  return { world, sidecar };
}

describe('removals are held, and said to be', () => {
  it('when the Engine suddenly lists nothing at all', async () => {
    const { world, sidecar } = await peopled(2);
    const names = world.databases();
    world.engine.faults.answers = 'empty-clones';
    await sidecar.says(200, /^Removals are held: .* lists no trace of "c0", "c1"\. /);
    await sidecar.look();
    await sidecar.look();
    expect(world.databases()).toEqual(names);
    expect(sidecar.warnings()).toContainEqual(expect.stringMatching(/^Removals are held: /));
    world.engine.faults.answers = 'ok';
    await sidecar.says(200, /^In step: 2 clones/);
    await world.atRest(sidecar);
  });

  it('when the last clone was deleted while nobody listened', async () => {
    const { world, sidecar } = await peopled(1);
    await sidecar.stop();
    await destroyAll(world.engine, 'c0');
    const next = await world.serve({ args: SOON });
    await next.says(200, /^Removals are held: .*"c0"/);
    await next.look();
    await next.look();
    expect(world.databases()).toEqual(['dblab-clone-prod-c0-6000']);
  });

  it('when many are gone at once, of whom no event told', async () => {
    const { world, sidecar } = await peopled(6);
    world.engine.faults.webhooks = 'drop';
    await destroyAll(world.engine, 'c0', 'c1', 'c2', 'c3');
    await sidecar.says(200, /^Removals are held: .*"c0", "c1", "c2", "c3"\./);
    await sidecar.look();
    expect(world.databases()).toHaveLength(6);
    // What is wanted goes on meanwhile.
    await createAll(world.engine, 'new');
    await eventually(() => world.databases().includes('dblab-clone-prod-new-6000'));
  });
});

describe('removals are carried out at once', () => {
  it('when an event announced them, the last clone included', async () => {
    const { world, sidecar } = await peopled(6);
    await destroyAll(world.engine, 'c0', 'c1', 'c2', 'c3', 'c4', 'c5');
    await world.atRest(sidecar);
    expect(world.databases()).toEqual([]);
  });

  it('when a few of many are gone, of whom no event told', async () => {
    const { world, sidecar } = await peopled(6);
    world.engine.faults.webhooks = 'drop';
    await destroyAll(world.engine, 'c0', 'c1', 'c2');
    await eventually(() => world.expectInStep());
    await world.atRest(sidecar);
    expect(world.databases()).toHaveLength(3);
  });
});
