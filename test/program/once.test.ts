import { describe, expect, it } from 'vitest';
import { database } from './documents.ts';
import { createAll, destroyAll, eventually, openWorld, QUICK, type World } from './world.ts';

const quick = () => openWorld({ teleport: { cacheLag: QUICK } });

async function cacheSettled({ teleport }: World): Promise<void> {
  await eventually(() => {
    expect(teleport.cached('db')).toEqual(teleport.databases());
    expect(teleport.cached('app')).toEqual(teleport.apps());
  });
}

describe('--once', () => {
  it('puts all in step and exits 0', async () => {
    const world = await quick();
    await createAll(world.engine, 'a', 'b', 'c_d');
    const { exit, stderr } = await world.serveToEnd(['--once']);
    expect(exit).toBe(0);
    expect(stderr).toContain('In step: 3 clones registered.');
    world.expectInStep();
    expect(world.teleport.apps()).toHaveLength(1);
  });

  it('writes nothing when all is in step already, and may run beside the sidecar', async () => {
    const world = await quick();
    const sidecar = await world.serve();
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    const writes = world.teleport.history().length;
    const { host } = new URL(sidecar.webhookUrl);
    const { exit } = await world.serveToEnd(['--once', '--listen-addr', host, '--status-addr', host]);
    expect(exit).toBe(0);
    expect(world.teleport.history()).toHaveLength(writes);
  });

  it('exits 1 and names what is held', async () => {
    const world = await quick();
    await createAll(world.engine, 'a', 'b');
    await world.serveToEnd(['--once']);
    await cacheSettled(world);
    await destroyAll(world.engine, 'a', 'b');
    const { exit, stderr } = await world.serveToEnd(['--once']);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/Removals are held: .*\\"a\\", \\"b\\"/);
    expect(world.databases()).toHaveLength(2);
  });

  it('exits 1 and names a conflict; the rest is done', async () => {
    const world = await quick();
    world.teleport.put(database('dblab-clone-prod-a-6000', {}));
    await createAll(world.engine, 'a', 'b');
    await cacheSettled(world);
    const { exit, stderr } = await world.serveToEnd(['--once']);
    expect(exit).toBe(1);
    expect(stderr).toContain(
      'db/dblab-clone-prod-a-6000 exists in Teleport and was not made by this program',
    );
    expect(world.databases()).toContain('dblab-clone-prod-b-6001');
  });

  it('exits 1 and says what failed; the rest is done', async () => {
    const world = await quick();
    const rules = [{ resources: ['db'], verbs: ['list', 'read', 'create', 'update', 'delete'] }];
    world.teleport.setRole('dblab-bot', { dbLabels: { '*': ['*'] }, appLabels: {}, rules });
    await createAll(world.engine, 'a');
    const { exit, stderr } = await world.serveToEnd(['--once']);
    expect(exit).toBe(1);
    expect(stderr).toContain('Not in step: \\"the app\\"');
    world.expectInStep();
  });

  it.each<[string, (world: World) => unknown, RegExp]>([
    ['the Engine is down', ({ engine }) => engine.stop(), /Nothing listens at .*--dblab-url/],
    [
      'the Engine is no Engine',
      ({ engine }) => {
        engine.faults.answers = 'html';
      },
      /is a web page/,
    ],
    ['Teleport is down', ({ teleport }) => teleport.stop(), /Teleport at \S+ \(--teleport-proxy\)/],
    [
      'the identity has expired',
      ({ teleport, identity }) => teleport.issueIdentity({ file: identity, ttlMs: -1000 }),
      /The identity in .* expired .*tbot/,
    ],
  ])('exits 1 with the reason when %s, and writes nothing', async (_, spoil, reason) => {
    const world = await quick();
    await createAll(world.engine, 'a');
    await spoil(world);
    for (const flag of ['--once', '--dry-run']) {
      const { exit, stderr } = await world.serveToEnd([flag]);
      expect(exit).toBe(1);
      expect(stderr).toMatch(reason);
    }
    expect(world.teleport.history()).toEqual([]);
  });
});

describe('--dry-run', () => {
  it('prints the plan, a line for each change, and writes nothing', async () => {
    const world = await quick();
    await createAll(world.engine, 'a', 'b', 'c', 'd');
    await world.serveToEnd(['--once']);
    await cacheSettled(world);
    await destroyAll(world.engine, 'a');
    await createAll(world.engine, 'a_new');
    world.teleport.remove('db', 'dblab-clone-prod-b-6001');
    const labels = { dblab: 'true', environment: 'prod', clone_id: 'c', dblab_user: 'eve' };
    world.teleport.put(database('dblab-clone-prod-c-6002', labels, { uri: '127.0.0.1:6002' }));
    world.engine.reset('d', { moved: true });
    await world.engine.settled('d');
    await cacheSettled(world);
    const writes = world.teleport.history().length;

    const { exit, stdout } = await world.serveToEnd(['--dry-run', '--no-app']);
    expect(exit).toBe(0);
    // What misleads people goes first, what is too much goes last.
    expect(stdout.trimEnd().split('\n')).toEqual([
      'delete db/dblab-clone-prod-a-6000 (clone "a"): port-taken',
      expect.stringMatching(/^create db\/dblab-clone-prod-a-new-[0-9a-f]{8}-6000 \(clone "a_new"\)$/),
      'create db/dblab-clone-prod-b-6001 (clone "b")',
      'update db/dblab-clone-prod-c-6002 (clone "c"): labels.dblab_instance null -> "prod",' +
        ' labels.dblab_user "eve" -> "dblab_user"',
      'create db/dblab-clone-prod-d-6004 (clone "d")',
      'delete db/dblab-clone-prod-d-6003 (clone "d"): moved',
      'delete app/dblab-api-prod: not-wanted',
    ]);
    expect(world.teleport.history()).toHaveLength(writes);
  });

  it('tells what would be held, and what is in conflict', async () => {
    const world = await quick();
    await createAll(world.engine, 'a');
    await world.serveToEnd(['--once']);
    await cacheSettled(world);
    await destroyAll(world.engine, 'a');
    expect(await world.serveToEnd(['--dry-run'])).toMatchObject({
      exit: 0,
      stdout: 'held: delete db/dblab-clone-prod-a-6000 (clone "a"): gone\n',
    });
    world.teleport.remove('db', 'dblab-clone-prod-a-6000');
    world.teleport.put(database('dblab-clone-prod-a-6000', {}));
    await createAll(world.engine, 'a');
    await cacheSettled(world);
    expect(await world.serveToEnd(['--dry-run'])).toMatchObject({
      exit: 0,
      stdout: 'conflict: db/dblab-clone-prod-a-6000 belongs to somebody else\n',
    });
  });

  it('says so when there is nothing to do', async () => {
    const world = await quick();
    await world.serveToEnd(['--once']);
    await cacheSettled(world);
    expect(await world.serveToEnd(['--dry-run'])).toMatchObject({
      exit: 0,
      stdout: 'Nothing to do: all is in step.\n',
    });
  });
});
