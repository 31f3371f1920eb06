import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createAll, eventually, openWorld, QUICK, type World } from './world.ts';

const quick = () => openWorld({ teleport: { cacheLag: QUICK } });

const EVERYTHING = { '*': ['*'] };
const VERBS = ['list', 'read', 'create', 'update', 'delete'];
const RULES = [{ resources: ['db', 'app'], verbs: VERBS }];

const issue = ({ teleport, identity }: World, over: { ttlMs?: number; roles?: string[] } = {}) =>
  teleport.issueIdentity({ file: identity, ...over });

describe('an identity that cannot be used', () => {
  it('expired: /readyz names the file and tbot, and a fresh one in its place is enough', async () => {
    const world = await quick();
    await issue(world, { ttlMs: -60_000 });
    await createAll(world.engine, 'a');
    const sidecar = await world.serve();
    await sidecar.says(
      503,
      new RegExp(`^The identity in ${world.identity} expired at .*Run tbot as a service`),
    );
    expect(world.teleport.counters()).toMatchObject({ tctlRuns: 0, lists: 0 });
    await issue(world);
    await sidecar.says(200, /^In step: 1 clone registered\.$/);
    await world.atRest(sidecar);
  });

  it('expiring while it runs: nothing is lost, and it goes on with the next one', async () => {
    const world = await quick();
    const sidecar = await world.serve({ args: ['--reconcile-interval', '300ms'] });
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    await issue(world, { ttlMs: 1_500 });
    await sidecar.says(503, / expired at /);
    await createAll(world.engine, 'b');
    expect(world.databases()).toHaveLength(1);
    await issue(world);
    await sidecar.says(200, /^In step: 2 clones registered\.$/);
    await world.atRest(sidecar);
  });

  it('missing: the sidecar starts and waits for it', async () => {
    const world = await quick();
    await rm(world.identity);
    await createAll(world.engine, 'a');
    const sidecar = await world.serve();
    await sidecar.says(
      503,
      new RegExp(`^There is no identity file at ${world.identity}\\. Start tbot .*--teleport-identity\\.$`),
    );
    await issue(world);
    await sidecar.says(200, /^In step: 1 clone registered\.$/);
  });

  it('half-written: it is read again when it is whole', async () => {
    const world = await quick();
    const whole = await readFile(world.identity, 'utf8');
    await writeFile(world.identity, whole.slice(0, whole.length / 2));
    await createAll(world.engine, 'a');
    const sidecar = await world.serve();
    await sidecar.says(503, /cannot be used: it is cut off or damaged \(tbot may be writing it/);
    expect(world.teleport.counters()).toMatchObject({ tctlRuns: 0, lists: 0 });
    await writeFile(world.identity, whole);
    await sidecar.says(200, /^In step: 1 clone registered\.$/);
  });

  it('of another cluster: Teleport is said not to take it', async () => {
    const world = await quick();
    const stranger = await quick();
    await stranger.teleport.issueIdentity({ file: world.identity });
    const sidecar = await world.serve();
    await sidecar.says(503, /\(--teleport-proxy\)/);
    expect(world.teleport.history()).toEqual([]);
  });
});

it('an identity may be rewritten all the time, as tbot does, while clones come', async () => {
  const world = await quick();
  const sidecar = await world.serve();
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const whole = await readFile(world.identity, 'utf8');
    await writeFile(world.identity, whole.slice(0, 300));
    await createAll(world.engine, id);
    await issue(world);
  }
  await world.atRest(sidecar);
  expect(world.databases()).toHaveLength(6);
});

describe('a role that does not allow enough', () => {
  it('none of the rights: the list is empty without an error, and /readyz explains the refusal', async () => {
    const world = await quick();
    world.teleport.setRole('dblab-bot', { dbLabels: {}, appLabels: {}, rules: [] });
    await createAll(world.engine, 'a');
    const sidecar = await world.serve();
    await sidecar.says(503, /access denied to perform action "create" on "db".*"- resources: \[db, app\]"/);
    world.teleport.setRole('dblab-bot', { dbLabels: EVERYTHING, appLabels: EVERYTHING, rules: RULES });
    await issue(world);
    await sidecar.says(200, /^In step: 1 clone registered\.$/);
    await world.atRest(sidecar);
  });

  it('an identity without the role, as `tctl auth sign` makes it for a bot: likewise', async () => {
    const world = await quick();
    await issue(world, { roles: ['bot-dblab-sidecar'] });
    await createAll(world.engine, 'a');
    const sidecar = await world.serve();
    await sidecar.says(503, /access denied to perform action "create" on "db"/);
    await issue(world);
    await sidecar.says(200, /^In step: 1 clone registered\.$/);
  });

  it('no db_labels: the two lines that are missing are named', async () => {
    const world = await quick();
    world.teleport.setRole('dblab-bot', { dbLabels: {}, appLabels: EVERYTHING, rules: RULES });
    await createAll(world.engine, 'a');
    const sidecar = await world.serve();
    await sidecar.says(503, /these two lines are missing: "db_labels:" and " {2}'\*': '\*'"/);
  });

  it("no app_labels, as in the guide: databases go on, and the app's two lines are named", async () => {
    const world = await quick();
    world.teleport.setRole('dblab-bot', { dbLabels: EVERYTHING, appLabels: {}, rules: RULES });
    const sidecar = await world.serve();
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    await sidecar.says(
      200,
      /^Not in step: "the app"\. .*these two lines are missing: "app_labels:" and " {2}'\*': '\*'"/,
    );
    await createAll(world.engine, 'b');
    await world.atRest(sidecar);
    expect(world.teleport.apps()).toEqual([]);
    expect(sidecar.warnings().filter((text) => text.includes('app_labels'))).toHaveLength(1);
    world.teleport.setRole('dblab-bot', { dbLabels: EVERYTHING, appLabels: EVERYTHING, rules: RULES });
    await issue(world);
    await sidecar.says(200, /^In step: 2 clones registered\.$/);
    await eventually(() => world.teleport.apps().length === 1);
  });
});

it('warns of an identity that others may read', async () => {
  const world = await quick();
  await chmod(world.identity, 0o644);
  const sidecar = await world.serve();
  await eventually(() =>
    expect(sidecar.warnings()).toContainEqual(expect.stringContaining(`chmod 600 ${world.identity}`)),
  );
});
