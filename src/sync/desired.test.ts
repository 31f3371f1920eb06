import { describe, expect, it } from 'vitest';
import { clone, policy } from '../testing/builders.ts';
import { desired } from './desired.ts';

describe('which clones are offered', () => {
  it.each([
    ['OK', 6000, 'offered'],
    ['WARNING', 6000, 'offered'],
    ['EXPORTING', 6000, 'offered'],
    ['RESETTING', 6000, 'kept'],
    ['A_STATUS_OF_NEXT_YEAR', 6000, 'kept'],
    ['CREATING', undefined, 'unsettled'],
    ['DELETING', 6000, 'no'],
    ['FATAL', 6000, 'no'],
    ['OK', undefined, 'no'],
  ])('%s at port %s: %s', (status, port, expected) => {
    const result = desired([clone('a', port, { status })], policy, 0);
    expect(result.offers.has('a')).toBe(expected === 'offered');
    expect(result.kept.has('a')).toBe(expected === 'kept');
    expect(result.unsettled).toBe(expected === 'unsettled');
  });

  it('is unsettled while any clone is being created', () => {
    const clones = [clone('a', 6000), clone('b', undefined, { status: 'CREATING' })];
    expect(desired(clones, policy, 0).unsettled).toBe(true);
  });

  it('offers neither of two ready clones that claim one port', () => {
    const result = desired([clone('a', 6000), clone('b', 6000), clone('c', 6001)], policy, 0);
    expect([...result.offers.keys()]).toEqual(['c']);
    expect([...result.disputedPorts]).toEqual([6000]);
  });
});

describe('labels', () => {
  const labelsOf = (over: Partial<typeof policy>, cloneOver = {}) =>
    desired([clone('my.clone', 6000, cloneOver)], { ...policy, ...over }, 0).offers.get('my.clone')?.database
      .labels;

  it('are the guide’s, with the exact id', () => {
    expect(labelsOf({})).toEqual({
      dblab: 'true',
      environment: 'prod',
      dblab_instance: 'prod',
      clone_id: 'my.clone',
      dblab_user: 'alice',
    });
  });

  it('carry the owner, and as dblab_user only when asked for', () => {
    expect(labelsOf({}, { owner: 'a@b.io' })).toMatchObject({ dblab_user: 'alice', dblab_owner: 'a@b.io' });
    expect(labelsOf({ userLabel: 'owner' }, { owner: 'a@b.io' })).toMatchObject({ dblab_user: 'a@b.io' });
    expect(labelsOf({ userLabel: 'owner' })).not.toHaveProperty('dblab_user');
  });

  it('of the operator may override the environment, never who owns the registration', () => {
    const labels = labelsOf({
      labels: { environment: 'shared', team: 'db', dblab_instance: 'x', dblab: 'no' },
    });
    expect(labels).toMatchObject({
      environment: 'shared',
      team: 'db',
      dblab_instance: 'prod',
      dblab: 'true',
    });
  });
});

describe('the app', () => {
  it('is the Engine’s API under the environment’s labels, or not wanted', () => {
    const app = { uri: 'https://engine:2345', insecureSkipVerify: true };
    expect(desired([], { ...policy, app }, 0).app).toEqual({
      kind: 'app',
      name: 'dblab-api-prod',
      labels: { dblab: 'true', environment: 'prod', dblab_instance: 'prod' },
      ...app,
    });
    expect(desired([], policy, 0).app).toBeUndefined();
  });
});
