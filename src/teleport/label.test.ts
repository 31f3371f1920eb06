import { describe, expect, it } from 'vitest';
import { app, registration } from '../testing/builders.ts';
import { isOfAnotherEnvironment, isOurs, ownLabels, teleportsLabels } from './label.ts';

const original = { dblab: 'true', environment: 'prod', clone_id: 'a', dblab_user: 'alice' };

describe('isOurs', () => {
  it.each([
    ['what we write', registration('a', 6000), true],
    ['what the original 4.1 wrote', registration('a', 6000, { labels: original }), true],
    [
      'an original 4.2 instance that shares its environment label with others',
      registration('a', 6000, { labels: { ...original, environment: 'shared', dblab_instance: 'prod' } }),
      true,
    ],
    [
      'another instance in our environment',
      registration('a', 6000, { labels: { ...original, dblab_instance: 'b' } }),
      false,
    ],
    ['another environment', registration('a', 6000, { labels: { ...original, environment: 'dev' } }), false],
    ['dblab that is not "true"', registration('a', 6000, { labels: { ...original, dblab: 'yes' } }), false],
    ['no labels', registration('a', 6000, { labels: {} }), false],
    [
      'an administrator’s own database under the same role labels',
      registration('a', 6000, { name: 'reporting', labels: { dblab: 'true', environment: 'prod' } }),
      false,
    ],
    [
      'a name of a form that we wrote once, with the clone’s label',
      registration('a', 6000, { name: 'dblab-prod-a', labels: original }),
      true,
    ],
    [
      'our name without the clone’s label',
      registration('a', 6000, { labels: { dblab: 'true', environment: 'prod' } }),
      true,
    ],
    [
      'a name that only ends as ours begin',
      registration('a', 6000, { name: 'my-dblab-clone-', labels: { dblab: 'true', environment: 'prod' } }),
      false,
    ],
    ['an administrator’s own app under the same role labels', app('dblab-ui'), false],
    ['our app', app('dblab-api-prod'), true],
  ])('%s: %#', (_, resource, expected) => {
    expect(isOurs(resource, 'prod')).toBe(expected);
  });
});

it('every label is either ours to set or Teleport’s own', () => {
  const labels = { dblab: 'true', 'teleport.dev/origin': 'dynamic', 'my.teleport.dev/x': 'y' };
  expect(teleportsLabels(labels)).toEqual({ 'teleport.dev/origin': 'dynamic' });
  expect(ownLabels(labels)).toEqual({ dblab: 'true', 'my.teleport.dev/x': 'y' });
});

describe('isOfAnotherEnvironment', () => {
  it('knows a sibling sidecar’s work from a stranger’s', () => {
    const sibling = registration('a', 6000, { labels: { ...original, environment: 'prod-eu' } });
    expect(isOfAnotherEnvironment(sibling, 'prod')).toBe(true);
    expect(isOfAnotherEnvironment(registration('a', 6000, { labels: {} }), 'prod')).toBe(false);
    expect(isOfAnotherEnvironment(registration('a', 6000), 'prod')).toBe(false);
  });
});
