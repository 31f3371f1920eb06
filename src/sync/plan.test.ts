import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clone } from '../engine/clone.ts';
import { portOf, type Resource, reference } from '../teleport/resource.ts';
import { app, clone, policy, registration } from '../testing/builders.ts';
import { type PlannedChange, stageOf } from './change.ts';
import { desired, type Policy } from './desired.ts';
import { type Plan, plan } from './plan.ts';

function planFor(clones: readonly Clone[], actual: readonly Resource[], over: Partial<Policy> = {}): Plan {
  const rules = { ...policy, ...over };
  return plan(desired(clones, rules, NOW), actual, rules.environment);
}

const NOW = Date.UTC(2026, 0, 1);

/** A change as a row of the tables below. */
function row({ change, reason }: PlannedChange): string {
  const { kind, name } = change.action === 'delete' ? change.current : change.resource;
  return `${change.action} ${kind}/${name} ${reason}`;
}

const rows = (...of: Parameters<typeof planFor>) => planFor(...of).changes.map(row);

const original = (id: string, port: number) =>
  registration(id, port, {
    labels: { dblab: 'true', environment: 'prod', clone_id: id, dblab_user: 'alice' },
  });
const stranger = (name: string) =>
  registration('x', 5432, { name, labels: { team: 'billing' }, uri: 'db:5432' });
const sibling = (name: string) =>
  registration('a', 7000, { name, labels: { dblab: 'true', environment: 'prod-eu', clone_id: 'a' } });

interface Case {
  readonly name: string;
  readonly clones: Clone[];
  readonly actual: Resource[];
  readonly want: string[];
}

const A = 'dblab-clone-prod-a-6000';

const cases: Case[] = [
  { name: 'creates what is missing', clones: [clone('a', 6000)], actual: [], want: [`create db/${A} new`] },
  {
    name: 'leaves alone what is right',
    clones: [clone('a', 6000)],
    actual: [registration('a', 6000)],
    want: [],
  },
  {
    name: 'adopts the original’s registration in place',
    clones: [clone('a', 6000)],
    actual: [original('a', 6000)],
    want: [`update db/${A} drift`],
  },
  {
    name: 'mends an address, a protocol, a TLS mode and labels that drifted',
    clones: [clone('a', 6000)],
    actual: [
      registration('a', 6000, {
        uri: '10.0.0.1:6000',
        protocol: 'mysql',
        tlsMode: 'verify-full',
        labels: { ...registration('a', 6000).labels, extra: 'x' },
      }),
    ],
    want: [`update db/${A} drift`],
  },
  {
    name: 'mends first, and in place, a clone_id that was edited by hand: it gives one clone out for another',
    clones: [clone('a', 6000)],
    actual: [registration('a', 6000, { labels: { ...registration('a', 6000).labels, clone_id: 'zzz' } })],
    want: [`update db/${A} port-taken`],
  },
  {
    name: 'does not mind what Teleport itself adds',
    clones: [clone('a', 6000)],
    actual: [
      registration('a', 6000, {
        labels: { ...registration('a', 6000).labels, 'teleport.dev/origin': 'dynamic' },
      }),
    ],
    want: [],
  },
  {
    name: 'removes what is gone',
    clones: [],
    actual: [registration('a', 6000)],
    want: [`delete db/${A} gone`],
  },
  {
    name: 'never touches a stranger or another environment',
    clones: [],
    actual: [
      stranger('dblab-clone-x'),
      sibling('dblab-clone-prod-eu-a-7000'),
      app('grafana', { labels: {} }),
    ],
    want: [],
  },
  {
    name: 'keeps the registration of a clone that is being reset',
    clones: [clone('a', 6000, { status: 'RESETTING' })],
    actual: [registration('a', 6000)],
    want: [],
  },
  {
    name: 'makes none for a clone that is being reset',
    clones: [clone('a', 6000, { status: 'RESETTING' })],
    actual: [],
    want: [],
  },
  {
    name: 'follows a clone to another port: first the new one, then the old one',
    clones: [clone('a', 6005)],
    actual: [registration('a', 6000)],
    want: ['create db/dblab-clone-prod-a-6005 new', `delete db/${A} moved`],
  },
  {
    name: 'takes away first what leads to another clone',
    clones: [clone('b', 6000), clone('c', 6001)],
    actual: [registration('a', 6000)],
    want: [
      `delete db/${A} port-taken`,
      'create db/dblab-clone-prod-b-6000 new',
      'create db/dblab-clone-prod-c-6001 new',
    ],
  },
  {
    name: 'repoints first what was edited to lead to another clone',
    clones: [clone('a', 6000), clone('b', 6001)],
    actual: [registration('a', 6000, { uri: '127.0.0.1:6001' }), registration('b', 6001)],
    want: [`update db/${A} port-taken`],
  },
  {
    name: 'takes a resetting clone’s registration away when its port is another’s',
    clones: [clone('a', 6000, { status: 'RESETTING' }), clone('b', 6000)],
    actual: [registration('a', 6000), registration('b', 6000)],
    want: [`delete db/${A} port-taken`],
  },
  {
    name: 'lets nothing lead to a port that two clones claim',
    clones: [clone('a', 6000), clone('b', 6000)],
    actual: [registration('a', 6000)],
    want: [`delete db/${A} port-taken`],
  },
  {
    name: 'keeps one of two registrations of a clone',
    clones: [clone('a', 6000)],
    actual: [registration('a', 6000), registration('a', 6000, { name: 'dblab-clone-old-6000' })],
    want: ['delete db/dblab-clone-old-6000 duplicate'],
  },
  {
    name: 'keeps a name of ours that it would not choose today',
    clones: [clone('a', 6000)],
    actual: [registration('a', 6000, { name: 'dblab-clone-old-6000' })],
    want: [],
  },
  {
    name: 'side-steps a name that another environment took',
    clones: [clone('eu-a', 7000)],
    actual: [sibling('dblab-clone-prod-eu-a-7000')],
    want: ['create db/dblab-clone-prod-eu-a-3667b810-7000 new'],
  },
  {
    name: 'leaves a name to the stranger who has it',
    clones: [clone('a', 6000)],
    actual: [stranger(A)],
    want: [],
  },
  {
    name: 'sees an app and a database of one name apart',
    clones: [clone('a', 6000)],
    actual: [app(A, { labels: {} })],
    want: [`create db/${A} new`],
  },
];

describe('plan', () => {
  it.each(cases)('$name', ({ clones, actual, want }) => {
    expect(rows(clones, actual)).toEqual(want);
  });

  it('names every field that differs', () => {
    const [change] = planFor([clone('a', 6000)], [original('a', 6000)]).changes;
    expect(change?.diff).toEqual([{ field: 'labels.dblab_instance', actual: undefined, wanted: 'prod' }]);
  });

  it('reports a conflict with its holder', () => {
    const { conflicts, names } = planFor([clone('a', 6000)], [stranger(A)]);
    expect(conflicts).toMatchObject([{ cloneId: 'a', holder: { name: A } }]);
    expect(names.has('a')).toBe(false);
  });
});

describe('plan, the app', () => {
  const wanted = { app: { uri: 'http://localhost:2345', insecureSkipVerify: false } };
  const NAME = 'dblab-api-prod';

  it.each([
    [
      'creates it, after the databases',
      [clone('a', 6000)],
      [],
      [`create db/${A} new`, `create app/${NAME} new`],
    ],
    ['leaves it alone when right', [], [app(NAME)], []],
    ['corrects its drift', [], [app(NAME, { insecureSkipVerify: true })], [`update app/${NAME} drift`]],
    [
      'replaces a name that is no DNS label',
      [],
      [app('dblab-api-Prod')],
      [`create app/${NAME} new`, 'delete app/dblab-api-Prod duplicate'],
    ],
    ['leaves a stranger’s alone', [], [app(NAME, { labels: {} })], []],
    [
      'side-steps another environment’s',
      [],
      [app(NAME, { labels: { dblab: 'true', environment: 'x' } })],
      ['create app/dblab-api-prod-6754af96 new'],
    ],
  ])('%s', (_, clones, actual, want) => {
    expect(rows(clones, actual, wanted)).toEqual(want);
  });

  it('reports who holds its name', () => {
    const holder = app(NAME, { labels: {} });
    expect(planFor([], [holder], wanted).conflicts).toEqual([{ key: 'app', cloneId: undefined, holder }]);
  });

  it('keeps the hashed name where it has it, and one of two alike', () => {
    const hashed = app('dblab-api-prod-6754af96');
    expect(rows([], [hashed], wanted)).toEqual([]);
    expect(rows([], [hashed, app(NAME)], wanted)).toEqual(['delete app/dblab-api-prod-6754af96 duplicate']);
  });

  it('removes it when it is not wanted', () => {
    expect(rows([], [app(NAME), app('grafana')])).toEqual([`delete app/${NAME} not-wanted`]);
  });
});

describe('plan, leases', () => {
  const HOUR = 3_600_000;
  const lease = (over: Partial<Policy>, expires?: number) =>
    rows([clone('a', 6000)], [registration('a', 6000, expires === undefined ? {} : { expires })], over);

  it.each([
    ['gives one to a registration without', undefined, [`update db/${A} lease`]],
    ['leaves it while more than half is left', NOW + 3.1 * HOUR, []],
    ['renews it at half its life', NOW + 3 * HOUR, [`update db/${A} lease`]],
    ['shortens one that is longer than asked for', NOW + 24 * HOUR, [`update db/${A} lease`]],
  ])('%s', (_, expires, want) => {
    expect(lease({ leaseMs: 6 * HOUR }, expires)).toEqual(want);
  });

  it('is not the reason where something else is wrong as well', () => {
    const spoiled = registration('a', 6000, { protocol: 'mysql' });
    expect(rows([clone('a', 6000)], [spoiled], { leaseMs: HOUR })).toEqual([`update db/${A} drift`]);
  });

  it('takes it away when none is asked for any more', () => {
    expect(lease({}, NOW + HOUR)).toEqual([`update db/${A} lease`]);
  });

  it('gives one to what it creates, the app as well', () => {
    const app = { uri: 'http://localhost:2345', insecureSkipVerify: false };
    const { changes } = planFor([clone('a', 6000)], [], { leaseMs: HOUR, app });
    expect(changes.map(({ change }) => 'resource' in change && change.resource.expires)).toEqual([
      NOW + HOUR,
      NOW + HOUR,
    ]);
  });
});

/** What Teleport holds after the changes are carried out. */
function carriedOut(actual: readonly Resource[], changes: readonly PlannedChange[]): Resource[] {
  const world = new Map(actual.map((resource) => [reference(resource), resource]));
  for (const { change } of changes) {
    if (change.action === 'delete') world.delete(reference(change.current));
    else world.set(reference(change.resource), change.resource);
  }
  return [...world.values()];
}

const anyClone = fc
  .record({
    id: fc.constantFrom('a', 'b', 'a_b', 'a-b', 'eu-a', 'c'),
    port: fc.constantFrom(undefined, 6000, 6001, 6002),
    status: fc.constantFrom('OK', 'OK', 'OK', 'RESETTING', 'CREATING', 'DELETING', 'FATAL', 'NEW_WORD'),
  })
  .map(({ id, port, status }) => clone(id, port, { status }));

const anyResource = fc
  .record({
    id: fc.constantFrom('a', 'b', 'a_b', 'a-b', 'eu-a', 'ghost'),
    port: fc.constantFrom(6000, 6001, 6002),
    led: fc.constantFrom(6000, 6001, 6002),
    who: fc.constantFrom('ours', 'ours', 'original', 'sibling', 'stranger'),
  })
  .map(({ id, port, led, who }): Resource => {
    const base = registration(id.replace('_', '-'), port);
    const labels = {
      ours: { ...base.labels, clone_id: id },
      original: { dblab: 'true', environment: 'prod', clone_id: id },
      sibling: { dblab: 'true', environment: 'prod-eu', clone_id: id },
      stranger: { team: 'billing' },
    }[who];
    return { ...base, uri: `127.0.0.1:${led}`, labels: labels ?? {} };
  });

const world = fc.record({
  clones: fc.uniqueArray(anyClone, { selector: (it) => it.id, maxLength: 6 }),
  actual: fc.uniqueArray(anyResource, { selector: reference, maxLength: 8 }),
});

describe('laws of plan', () => {
  it('once carried out, nothing is left to do', () => {
    fc.assert(
      fc.property(world, ({ clones, actual }) => {
        const { changes } = planFor(clones, actual);
        expect(rows(clones, carriedOut(actual, changes))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not depend on the order of what it is given', () => {
    fc.assert(
      fc.property(world, ({ clones, actual }) => {
        expect(rows([...clones].reverse(), [...actual].reverse())).toEqual(rows(clones, actual));
      }),
      { numRuns: 1_000 },
    );
  });

  it('writes to nothing that is not ours', () => {
    fc.assert(
      fc.property(world, ({ clones, actual }) => {
        const foreign = actual.filter((it) => it.labels['environment'] !== 'prod');
        const touched = planFor(clones, actual).changes.map(({ change }) => change);
        for (const change of touched) {
          const name = change.action === 'delete' ? change.current.name : change.resource.name;
          expect(foreign.map((it) => it.name)).not.toContain(name);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('leads nobody to the wrong clone once the first stage is carried out', () => {
    fc.assert(
      fc.property(world, ({ clones, actual }) => {
        const first = planFor(clones, actual).changes.filter((it) => stageOf(it) === 'mislead');
        const ready = new Map(clones.filter((it) => it.status === 'OK').map((it) => [it.port, it.id]));
        for (const resource of carriedOut(actual, first)) {
          if (resource.labels['environment'] !== 'prod') continue;
          const owner = ready.get(portOf(resource.uri));
          if (owner !== undefined) expect(resource.labels['clone_id']).toBe(owner);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
