import { describe, expect, it } from 'vitest';
import { app, database, labelsOf } from './documents.ts';
import { createAll, eventually, openWorld, QUICK, TCTL, type World } from './world.ts';

function cleanup({ run, teleport, identity }: World, environment: string, ...args: readonly string[]) {
  return run([
    'teleport',
    'cleanup',
    ...['--environment-id', environment],
    ...['--teleport-proxy', teleport.proxyAddress],
    ...['--teleport-identity', identity],
    ...['--tctl-path', TCTL],
    ...args,
  ]);
}

/** Two clones and the app of an environment whose sidecar runs no more, beside what others have. */
async function worldWithLeftovers(): Promise<World> {
  const world = await openWorld({ teleport: { cacheLag: QUICK } });
  await createAll(world.engine, 'a', 'b');
  expect(await world.serveToEnd(['--once'])).toMatchObject({ exit: 0 });
  world.teleport.put(database('dblab-clone-other-a-6000', labelsOf('other', 'a')));
  world.teleport.put(database('orders', { dblab: 'true', environment: 'prod' }));
  world.teleport.put(app('billing', { dblab: 'true', environment: 'prod' }, { uri: 'http://localhost:80' }));
  await eventually(() => {
    expect(world.teleport.cached('db')).toEqual(world.teleport.databases());
    expect(world.teleport.cached('app')).toEqual(world.teleport.apps());
  });
  return world;
}

describe('dblab teleport cleanup', () => {
  it('removes what an environment left behind, nothing else, and may be run again', async () => {
    const world = await worldWithLeftovers();
    const writes = world.teleport.history().length;
    const look = await cleanup(world, 'prod', '--dry-run');
    expect(look.exit).toBe(0);
    expect(JSON.parse(look.stdout).map(({ name }: { name: string }) => name)).toEqual([
      'dblab-clone-prod-a-6000',
      'dblab-clone-prod-b-6001',
      'dblab-api-prod',
    ]);
    expect(await cleanup(world, 'prod')).toMatchObject({ exit: 2, stderr: expect.stringContaining('--yes') });
    expect(world.teleport.history()).toHaveLength(writes);

    const { exit, stderr } = await cleanup(world, 'prod', '--yes');
    expect(stderr).toMatch(/Removed 3 of 3\.\nNothing of environment prod is in Teleport\.\n$/);
    expect(exit).toBe(0);
    expect(world.databases()).toEqual(['dblab-clone-other-a-6000', 'orders']);
    expect(world.teleport.apps().map(({ metadata }) => metadata.name)).toEqual(['billing']);

    expect(await cleanup(world, 'prod', '--yes')).toMatchObject({ exit: 0, stdout: '[]\n' });
  });
});
