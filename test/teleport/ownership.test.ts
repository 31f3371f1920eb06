import { describe, expect, it } from 'vitest';
import { app, database, labelsOf } from '../program/documents.ts';
import { createAll, destroyAll } from '../program/world.ts';
import { describeReal, revisionsOf, TRANSPORTS, useCluster } from './cluster.ts';
import { inTheEnd, openWorld, type World } from './world.ts';

const truth = useCluster();

const NAME = 'dblab-clone-prod-a-6000';
const OURS = { uri: '127.0.0.1:6000' };

/** The databases in the fields that the program writes. */
async function ownedFields() {
  return (await truth().databases()).map(({ metadata: { name, labels }, spec }) => ({
    name,
    labels,
    uri: spec['uri'],
    protocol: spec['protocol'],
    tls: spec['tls'],
  }));
}

describeReal.each(TRANSPORTS)('by way of %s', (transport) => {
  const open = () => openWorld(truth(), { transport });
  // The API tells of changes by itself: there nothing but that may be what repairs them in time.
  const notice = transport === 'api' ? ['--reconcile-interval', '24h'] : ['--reconcile-interval', '1s'];

  describe('drift by hand', () => {
    async function withClone(): Promise<World> {
      const world = await open();
      const sidecar = await world.serve(...notice, '--poll-interval', '24h');
      await createAll(world.engine, 'a');
      await world.atRest(sidecar);
      return world;
    }

    it.each([
      ['labels', database(NAME, { ...labelsOf('prod', 'a'), dblab_user: 'eve' }, OURS)],
      ['an extra label', database(NAME, { ...labelsOf('prod', 'a'), more: 'x' }, OURS)],
      ['the address', database(NAME, labelsOf('prod', 'a'), { uri: '10.6.6.6:6000' })],
      ['the TLS mode', database(NAME, labelsOf('prod', 'a'), { ...OURS, tls: { mode: 'verify-full' } })],
    ])('of %s is repaired in place, and what is not ours to say stays', async (_, edited) => {
      await withClone();
      const before = await ownedFields();
      const described = { ...edited, metadata: { ...edited.metadata, description: 'Ask Ann.' } };
      await truth().cluster.put(described);
      await inTheEnd(async () => {
        expect(await truth().databases()).toMatchObject([{ metadata: { description: 'Ask Ann.' } }]);
        expect(await ownedFields()).toEqual(before);
      });
    });

    it('that removes a registration brings it back', async () => {
      const world = await withClone();
      await truth().cluster.admin(['rm', `db/${NAME}`]);
      await inTheEnd(() => world.expectInStep());
    });
  });

  it("leaves alone a name that is a stranger's, and everything else that is not ours", async () => {
    const world = await open();
    const others = [
      database(NAME, { team: 'billing' }),
      database('dblab-clone-test-a-6000', labelsOf('test', 'a'), OURS),
      database('dblab-clone-old-y-6003', { dblab: 'true', environment: 'old', clone_id: 'y' }),
      database('warehouse', { dblab: 'true', environment: 'prod' }),
      app('wiki', { dblab: 'true', environment: 'prod' }, { uri: 'http://localhost:80' }),
    ];
    await truth().put(...others);
    const before = revisionsOf(await truth().everything());
    const sidecar = await world.serve(...notice);
    await createAll(world.engine, 'a', 'b');
    await sidecar.says(200, /^db\/dblab-clone-prod-a-6000 exists in Teleport and was not made by this/);
    await inTheEnd(async () => expect(await world.names()).toContain('dblab-clone-prod-b-6001'));
    await destroyAll(world.engine, 'a', 'b');
    await sidecar.says(200, /^In step: 0 clones registered\.$/);
    await inTheEnd(async () => expect(await world.names()).not.toContain('dblab-clone-prod-b-6001'));
    const after = revisionsOf(await truth().everything());
    expect(after.filter((it) => !it.startsWith('app/dblab-api-prod '))).toEqual(before);
  });

  it("does not overwrite a stranger's name that Teleport does not show yet", async () => {
    const world = await open();
    const sidecar = await world.serve();
    await sidecar.look();
    await truth().cluster.put(database(NAME, { team: 'billing' }));
    await createAll(world.engine, 'a');
    await sidecar.says(200, /exists in Teleport/);
    await sidecar.look();
    expect(await truth().databases()).toMatchObject([
      { metadata: { name: NAME, labels: { team: 'billing' } } },
    ]);
  });

  it("adopts the original's registrations in place, and those of its clones that are gone go", async () => {
    const world = await open();
    const labels = { dblab: 'true', environment: 'prod', clone_id: 'a', dblab_user: 'dblab_user' };
    const adopted = database(NAME, labels, OURS);
    await truth().put(
      { ...adopted, metadata: { ...adopted.metadata, description: 'the first of its kind' } },
      database('dblab-clone-prod-gone-6009', { ...labels, clone_id: 'gone' }, { uri: '127.0.0.1:6009' }),
    );
    await createAll(world.engine, 'a');
    const sidecar = await world.serve();
    await world.atRest(sidecar);
    // A registration that had been removed and made again would have lost it.
    expect(await truth().databases()).toMatchObject([
      { metadata: { name: NAME, description: 'the first of its kind', labels: { dblab_instance: 'prod' } } },
    ]);
    const before = revisionsOf(await truth().everything());
    await sidecar.stop();
    await world.atRest(await world.serve());
    expect(revisionsOf(await truth().everything())).toEqual(before);
  });

  it("registers the Engine's API as an app, mends it in place and takes it back", async () => {
    const world = await open();
    const sidecar = await world.serve(...notice);
    await world.atRest(sidecar);
    const labels = { dblab: 'true', environment: 'prod', dblab_instance: 'prod' };
    const wanted = [{ metadata: { name: 'dblab-api-prod', labels }, spec: { uri: world.engine.url } }];
    expect(await truth().apps()).toMatchObject(wanted);
    await truth().cluster.put(app('dblab-api-prod', labels, { uri: 'http://10.6.6.6:80' }));
    await truth().settled();
    await inTheEnd(async () => expect(await truth().apps()).toMatchObject(wanted));
    await sidecar.stop();
    await world.atRest(await world.serve('--no-app'));
    expect(await truth().apps()).toEqual([]);
  });
});
