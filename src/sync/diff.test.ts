import { describe, expect, it } from 'vitest';
import { app, registration } from '../testing/builders.ts';
import { diff } from './diff.ts';

const HOUR = 3_600_000;
const database = registration('a', 6000);

describe('what is compared', () => {
  it.each([
    ['uri', { uri: 'h:1' }],
    ['protocol', { protocol: 'mysql' }],
    ['tls.mode', { tlsMode: 'verify-full' as const }],
    ['expires', { expires: 0 }],
    ['labels.team', { labels: { ...database.labels, team: 'x' } }],
  ])('of a database: %s', (field, over) => {
    const other = registration('a', 6000, over);
    expect(diff(database, other).map((it) => it.field)).toEqual([field]);
    expect(diff(other, database).map((it) => it.field)).toEqual([field]);
  });

  it.each([
    ['uri', { uri: 'http://h' }],
    ['insecure_skip_verify', { insecureSkipVerify: true }],
  ])('of an app: %s', (field, over) => {
    expect(diff(app('a'), app('a', over)).map((it) => it.field)).toEqual([field]);
  });

  it('in the order of the names, whatever the order of the labels', () => {
    const labelled = registration('a', 6000, { uri: 'h:1', labels: { z: '1', ...database.labels, b: '2' } });
    expect(diff(database, labelled).map((it) => it.field)).toEqual(['labels.b', 'labels.z', 'uri']);
  });
});

describe('a lease of two hours', () => {
  it.each([
    ['the wanted expiry itself', 10 * HOUR, []],
    ['a little more than half of it left', 9 * HOUR + 1, []],
    ['half of it left', 9 * HOUR, ['expires']],
    ['more than is wanted', 10 * HOUR + 1, ['expires']],
    ['none', undefined, ['expires']],
  ])('%s', (_, expires, fields) => {
    const actual = expires === undefined ? database : { ...database, expires };
    const found = diff(actual, { ...database, expires: 10 * HOUR }, 2 * HOUR);
    expect(found.map((it) => it.field)).toEqual(fields);
  });

  it('that is no longer wanted is taken off', () => {
    expect(diff({ ...database, expires: HOUR }, database, 2 * HOUR)).toEqual([
      { field: 'expires', actual: '1970-01-01T01:00:00.000Z', wanted: undefined },
    ]);
  });
});
