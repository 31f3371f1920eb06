import { describe, expect, it } from 'vitest';
import type { Clone } from '../engine/clone.ts';
import { TeleportError } from '../teleport/error.ts';
import type { Resource } from '../teleport/resource.ts';
import { app, clone, policy, registration } from '../testing/builders.ts';
import { desired } from './desired.ts';
import { outlook } from './outlook.ts';
import type { Decision } from './pass.ts';
import { plan } from './plan.ts';
import { blind, seen, starting } from './status.ts';

const APP = { uri: 'http://localhost:2345', insecureSkipVerify: false };
const POLICY = { ...policy, app: APP };

function decisionFor(clones: readonly Clone[], view: readonly Resource[], rules = POLICY): Decision {
  const wanted = desired(clones, rules, 0);
  const made = plan(wanted, view, rules.environment);
  return { clones, desired: wanted, view, plan: made, due: made.changes, held: [], absences: new Map() };
}

const stranger = registration('x', 1, { name: 'dblab-clone-prod-taken-6003', labels: {} });
const CLONES = [
  clone('there', 6000),
  clone('refused', 6001, { user: 'bob', dbName: 'shop', createdAt: '2026-01-01T00:00:00Z' }),
  clone('one', 6002),
  clone('other', 6002),
  clone('taken', 6003),
  clone('made', undefined, { status: 'CREATING' }),
];
const VIEW = [registration('there', 6000), stranger, app('dblab-api-prod')];
const error = new TeleportError('rule-denied', 'No right.');
const failures = [{ key: 'clone/refused', error, failures: 1, since: 0, until: 1, wakes: false }];
const standings = (status: ReturnType<typeof seen>) =>
  Object.fromEntries(status.clones.map(({ id, standing }) => [id, standing]));

describe('after a look', () => {
  const status = seen(starting(POLICY, 'api'), decisionFor(CLONES, VIEW), { failures, quarrels: ['q'] }, 7);

  it('each clone stands where it stands', () => {
    expect(standings(status)).toEqual({
      there: 'registered',
      refused: 'waiting',
      one: 'disputed',
      other: 'disputed',
      taken: 'conflict',
      made: 'not-offered',
    });
    expect(status).toMatchObject({ app: 'registered', lookedAt: 7, quarrels: ['q'], failures });
  });

  it('a clone is told of with whom it knows, and why it waits', () => {
    expect(status.clones[1]).toEqual({
      ...{ id: 'refused', status: 'OK', port: 6001, standing: 'waiting', refusal: 'No right.' },
      ...{ name: 'dblab-clone-prod-refused-6001', user: 'bob', database: 'shop' },
      createdAt: '2026-01-01T00:00:00Z',
    });
  });

  it('an app that is not wanted is not offered', () => {
    const decision = decisionFor([], [], { ...policy, app: undefined } as unknown as typeof POLICY);
    expect(seen(starting(policy, 'api'), decision, { failures: [], quarrels: [] }, 7).app).toBe(
      'not-offered',
    );
  });

  it('a clone whose removals are held is named once', () => {
    const { due } = decisionFor([], [registration('a', 6000), registration('a', 6001)]);
    const decision = { ...decisionFor([], []), held: due.filter((it) => it.cloneId !== undefined) };
    const held = seen(starting(POLICY, 'api'), decision, { failures: [], quarrels: [] }, 7);
    expect(held.held).toEqual(['a']);
  });
});

it('blindness counts from the first look that failed', () => {
  const first = blind(starting(policy, 'api'), error, 10);
  expect(blind(first, error, 20).blindness).toEqual({ error, since: 10 });
});

describe('to somebody who looks once', () => {
  const told = (view: readonly Resource[], servers: Parameters<typeof outlook>[1]['servers']) =>
    outlook(decisionFor(CLONES, view), { policy: POLICY, transport: 'api', servers, now: 5 });

  it('what a pass would change is not in step', () => {
    const spoiled = registration('there', 6000, { uri: '10.0.0.1:6000' });
    expect(standings(told(VIEW, undefined))).toMatchObject({ there: 'registered', refused: 'waiting' });
    expect(standings(told([spoiled, stranger], undefined))).toMatchObject({
      there: 'waiting',
      taken: 'conflict',
    });
    expect([told(VIEW, undefined).app, told([], undefined).app]).toEqual(['registered', 'waiting']);
  });

  it('what the guard would hold is not in step either', () => {
    const decision = { ...decisionFor(CLONES, VIEW), due: [] };
    const held = decisionFor(CLONES, [stranger]).due;
    const status = outlook({ ...decision, held }, { policy: POLICY, transport: 'api', servers: [], now: 5 });
    expect([standings(status)['there'], status.held]).toEqual(['waiting', []]);
  });

  it('a registration that nobody serves is told of at once, and one that is not there is not', () => {
    expect(told(VIEW, []).service.unserved).toEqual(['dblab-clone-prod-there-6000']);
    expect(told(VIEW, undefined).service.isKnown).toBe(false);
    const server = { of: 'db' as const, name: 'dblab-clone-prod-there-6000', host: 'h', hostId: 'i' };
    expect(told(VIEW, [server]).service.unserved).toEqual([]);
  });
});
