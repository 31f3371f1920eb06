import { describe, expect, it } from 'vitest';
import type { SandboxTeleport } from '../../src/sandbox/teleport/teleport.ts';
import { app, database, labelsOf } from './documents.ts';
import { createAll, destroyAll, eventually, openWorld, QUICK } from './world.ts';

const quick = () => openWorld({ teleport: { cacheLag: QUICK } });

/** What an administrator changes is found by a sweep alone. */
const SWEEP = ['--reconcile-interval', '300ms'];

const NAME = 'dblab-clone-prod-a-6000';

/** What happened to a name, as `ACTION by USER`. */
function historyOf(teleport: SandboxTeleport, name: string): string[] {
  return teleport
    .history()
    .filter((write) => write.name === name)
    .map(({ action, user }) => `${action} by ${user}`);
}

function ownedFields(teleport: SandboxTeleport) {
  return teleport.databases().map(({ metadata: { name, labels }, spec: { uri, protocol, tls } }) => ({
    name,
    labels,
    uri,
    protocol,
    tls,
  }));
}

describe('drift by hand', () => {
  it.each([
    ['labels', database(NAME, { ...labelsOf('prod', 'a'), dblab_user: 'eve' }, { uri: '127.0.0.1:6000' })],
    ['an extra label', database(NAME, { ...labelsOf('prod', 'a'), more: 'x' }, { uri: '127.0.0.1:6000' })],
    ['the clone id', database(NAME, labelsOf('prod', 'b'), { uri: '127.0.0.1:6000' })],
    ['the address', database(NAME, labelsOf('prod', 'a'), { uri: '10.6.6.6:6000' })],
    ['the TLS mode', database(NAME, labelsOf('prod', 'a'), { uri: '127.0.0.1:6000', tls: { mode: 0 } })],
    ['the protocol', database(NAME, labelsOf('prod', 'a'), { uri: '127.0.0.1:6000', protocol: 'mysql' })],
  ])('of %s is repaired in place', async (_, edited) => {
    const world = await quick();
    const sidecar = await world.serve({ args: SWEEP });
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    const before = ownedFields(world.teleport);
    world.teleport.put(edited);
    expect(ownedFields(world.teleport)).not.toEqual(before);
    await eventually(() => expect(ownedFields(world.teleport)).toEqual(before));
    await world.atRest(sidecar);
    expect(historyOf(world.teleport, NAME)).toEqual([
      'create by bot-dblab-sidecar',
      'update by stranger',
      'update by bot-dblab-sidecar',
    ]);
  });

  it('that removes a registration brings it back', async () => {
    const world = await quick();
    const sidecar = await world.serve({ args: SWEEP });
    await createAll(world.engine, 'a', 'b');
    await world.atRest(sidecar);
    world.teleport.remove('db', NAME);
    await eventually(() => world.expectInStep());
    await world.atRest(sidecar);
  });

  it('of what is not ours to say is left as it is', async () => {
    const world = await quick();
    const sidecar = await world.serve({ args: SWEEP });
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    const described = database(NAME, { ...labelsOf('prod', 'a'), dblab_user: 'eve' });
    world.teleport.put({ ...described, metadata: { ...described.metadata, description: 'Ask Ann.' } });
    await eventually(() => world.expectInStep());
    await world.atRest(sidecar);
    expect(world.teleport.databases()).toMatchObject([{ metadata: { description: 'Ask Ann.' } }]);
  });
});

describe('a name that belongs to a stranger', () => {
  const OTHERS = database(NAME, { team: 'billing' });

  it('is reported and never written, and the other clones go on', async () => {
    const world = await quick();
    world.teleport.put(OTHERS);
    const sidecar = await world.serve({ args: SWEEP });
    await createAll(world.engine, 'a', 'b');
    await sidecar.says(
      200,
      /^db\/dblab-clone-prod-a-6000 exists in Teleport and was not made by this program/,
    );
    await sidecar.says(200, /Rename or remove it \(tctl rm db\/dblab-clone-prod-a-6000\)/);
    await eventually(() => world.databases().includes('dblab-clone-prod-b-6001'));
    await sidecar.look();
    await destroyAll(world.engine, 'a');
    await sidecar.says(200, /^In step: 1 clone registered\.$/);
    expect(historyOf(world.teleport, NAME)).toEqual(['create by stranger']);
  });

  it('is taken when the stranger leaves', async () => {
    const world = await quick();
    world.teleport.put(OTHERS);
    const sidecar = await world.serve({ args: SWEEP });
    await createAll(world.engine, 'a');
    await sidecar.says(200, /^db\/dblab-clone-prod-a-6000 exists in Teleport/);
    world.teleport.remove('db', NAME);
    await eventually(() => world.expectInStep());
    await world.atRest(sidecar);
  });

  it('is not overwritten while Teleport does not show it yet', async () => {
    const world = await quick();
    const sidecar = await world.serve();
    await sidecar.look();
    world.teleport.setCacheLag({ minMs: 3_000, maxMs: 3_000 });
    world.teleport.put(OTHERS);
    await createAll(world.engine, 'a', 'b');
    await sidecar.says(200, /"dblab-clone-prod-a-6000" exists in Teleport already and was left as it is/);
    await sidecar.says(
      200,
      /^db\/dblab-clone-prod-a-6000 exists in Teleport and was not made by this program/,
    );
    expect(historyOf(world.teleport, NAME)).toEqual(['create by stranger']);
    expect(world.databases()).toEqual([NAME, 'dblab-clone-prod-b-6001']);
  });

  it('is not overwritten when the role hides it', async () => {
    const world = await quick();
    const verbs = ['list', 'read', 'create', 'update', 'delete'];
    world.teleport.setRole('dblab-bot', {
      dbLabels: { dblab: ['true'] },
      appLabels: { dblab: ['true'] },
      rules: [{ resources: ['db', 'app'], verbs }],
    });
    world.teleport.put(OTHERS);
    const sidecar = await world.serve();
    await createAll(world.engine, 'a', 'b');
    await sidecar.says(200, /"dblab-clone-prod-a-6000" exists in Teleport already and was left as it is/);
    await eventually(() => world.databases().includes('dblab-clone-prod-b-6001'));
    await sidecar.look();
    expect(historyOf(world.teleport, NAME)).toEqual(['create by stranger']);
    world.teleport.remove('db', NAME);
    await world.atRest(sidecar);
  });
});

describe('what is not ours', () => {
  it('is never touched: other environments, other people, look-alikes', async () => {
    const world = await quick();
    const others = [
      database('dblab-clone-test-a-6000', labelsOf('test', 'a'), { uri: '127.0.0.1:6000' }),
      database('dblab-clone-test-gone-6001', labelsOf('test', 'gone'), { uri: '127.0.0.1:6001' }),
      // Two instances may share the label `environment`; the instance decides.
      database('dblab-clone-blue-x-6002', { ...labelsOf('blue', 'x'), environment: 'prod' }),
      // The original sidecar's, of another environment.
      database('dblab-clone-old-y-6003', { dblab: 'true', environment: 'old', clone_id: 'y' }),
      database('dblab-clone-prod-z-6004', { environment: 'prod', clone_id: 'z' }),
      database('warehouse', { dblab: 'true', environment: 'prod' }),
      database('billing', {}),
      app('dblab-api-test', labelsOf('test', ''), { uri: 'http://localhost:2345' }),
      app('wiki', { dblab: 'true', environment: 'prod' }, { uri: 'http://localhost:80' }),
    ];
    for (const document of others) world.teleport.put(document, 'admin');
    const sidecar = await world.serve({ args: SWEEP });
    await createAll(world.engine, 'a', 'b');
    await world.atRest(sidecar);
    await destroyAll(world.engine, 'a');
    await world.atRest(sidecar);
    for (const { metadata } of others) {
      expect(historyOf(world.teleport, metadata.name)).toEqual(['create by admin']);
    }
  });
});

describe("the original sidecar's registrations", () => {
  const labels = { dblab: 'true', environment: 'prod', clone_id: 'a', dblab_user: 'dblab_user' };

  it('are adopted in place: updated, never removed and made again', async () => {
    const world = await quick();
    world.teleport.put(database(NAME, labels, { uri: '127.0.0.1:6000' }), 'original');
    world.teleport.put(
      app('dblab-api-prod', { dblab: 'true', environment: 'prod' }, { uri: world.engine.url }),
      'original',
    );
    await createAll(world.engine, 'a');
    await world.atRest(await world.serve());
    for (const name of [NAME, 'dblab-api-prod']) {
      expect(historyOf(world.teleport, name)).toEqual(['create by original', 'update by bot-dblab-sidecar']);
    }
  });

  it('go when their clone is gone', async () => {
    const world = await quick();
    world.teleport.put(database(NAME, labels, { uri: '127.0.0.1:6000' }), 'original');
    world.teleport.put(
      database('dblab-clone-prod-gone-6009', { ...labels, clone_id: 'gone' }, { uri: '127.0.0.1:6009' }),
      'original',
    );
    await createAll(world.engine, 'a');
    await world.atRest(await world.serve());
    expect(world.databases()).toEqual([NAME]);
  });
});

it('two sidecars of one environment agree: once in step, neither writes', async () => {
  const world = await openWorld();
  const [one, two] = [await world.serve({ args: SWEEP }), await world.serve({ args: SWEEP })];
  await createAll(world.engine, 'a', 'b', 'c_d');
  await destroyAll(world.engine, 'b');
  await world.atRest(one);
  await world.atRest(two);
  const writes = world.teleport.history().length;
  for (let round = 0; round < 2; round += 1) await Promise.all([one.look(), two.look()]);
  expect(world.teleport.history()).toHaveLength(writes);
  await one.stop('SIGKILL');
  await createAll(world.engine, 'e');
  await world.atRest(two);
});
