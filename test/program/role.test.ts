import { describe, expect, it } from 'vitest';
import { createAll, destroyAll, eventually, openWorld, QUICK, type World } from './world.ts';

/*
 * What each right of the sidecar's role is for (docs/security.md), by taking it away. Every user of Teleport may
 * list and read, whatever the role says: only a `deny` takes that.
 */

const VERBS = ['list', 'read', 'create', 'update', 'delete'];
const LOOKS = ['list', 'read'];
const RIGHTS = { db: VERBS, app: VERBS, db_server: LOOKS, app_server: LOOKS, db_service: LOOKS };
const LABELS = { dbLabels: { '*': ['*'] }, appLabels: { '*': ['*'] } };

const rulesBut = (taken?: { verb: string; resource: string }) =>
  Object.entries(RIGHTS).map(([kind, verbs]) => ({
    resources: [kind],
    verbs: verbs.filter((verb) => kind !== taken?.resource || verb !== taken.verb),
  }));

const WHOLE = { ...LABELS, rules: rulesBut() };

const without = (verb: string, resource: string) => ({
  ...LABELS,
  rules: rulesBut({ verb, resource }),
  deny: [{ resources: [resource], verbs: [verb] }],
});

const refused = (verb: string, resource: string) =>
  new RegExp(`access denied to perform action "${verb}" on "${resource}"`);

const SERVE = { args: ['--poll-interval', '200ms', '--reconcile-interval', '300ms'] };

/** What only the right makes possible; the clone `a` is registered by then. */
type Need = (world: World) => Promise<unknown>;

const newClone: Need = ({ engine }) => createAll(engine, 'b');
const goneClone: Need = ({ engine }) => destroyAll(engine, 'a');
const spoiled: Need = async ({ teleport }) => {
  for (const { kind, metadata, spec } of [...teleport.databases(), ...teleport.apps()]) {
    teleport.put({ kind, metadata: { ...metadata, labels: { ...metadata.labels, team: 'x' } }, spec });
  }
};
const goneApp: Need = async ({ teleport }) => {
  for (const { metadata } of teleport.apps()) teleport.remove('app', metadata.name);
};
const surplusApp: Need = async ({ teleport }) => {
  for (const { kind, metadata, spec } of teleport.apps())
    teleport.put({ kind, metadata: { ...metadata, name: `${metadata.name}-of-old` }, spec });
};
const nothing: Need = async () => {};

describe('each right of the role is needed, and asked for by name:', () => {
  it.each<[verb: string, resource: string, need: Need]>([
    ['list', 'db', nothing],
    ['read', 'db', nothing],
    ['create', 'db', newClone],
    ['update', 'db', spoiled],
    ['delete', 'db', goneClone],
    ['list', 'app', nothing],
    ['read', 'app', nothing],
    ['create', 'app', goneApp],
    ['update', 'app', spoiled],
    ['delete', 'app', surplusApp],
  ])('%s on %s', async (verb, resource, need) => {
    const world = await openWorld({ teleport: { cacheLag: QUICK } });
    world.teleport.setRole('dblab-bot', WHOLE);
    await createAll(world.engine, 'a', 'rock');
    const sidecar = await world.serve(SERVE);
    await world.atRest(sidecar);
    world.teleport.setRole('dblab-bot', without(verb, resource));
    await need(world);
    await eventually(async () => expect((await sidecar.ready()).sentence).toMatch(refused(verb, resource)));
    world.teleport.setRole('dblab-bot', WHOLE);
    // What a role refuses is tried again after a minute, or with the next identity.
    await world.teleport.issueIdentity({ file: world.identity });
    await sidecar.says(200, /^In step/);
    await world.atRest(sidecar);
  });
});

it('without sight of the agents all is kept in step, and what is missing is asked for by name', async () => {
  const world = await openWorld({ teleport: { cacheLag: QUICK }, transport: 'api' });
  const sidecar = await world.serve(SERVE);
  world.teleport.setRole('dblab-bot', without('list', 'db_server'));
  await world.teleport.stop();
  await world.teleport.start();
  await createAll(world.engine, 'a');
  await eventually(() => expect(sidecar.log.join('\n')).toMatch(/"list\\" on .*- resources: \[db_server\]/));
  await world.atRest(sidecar);
});
