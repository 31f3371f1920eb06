import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appName, databaseName, hashedDatabaseName, isDatabaseName, namesPort } from './name.ts';

const name = (cloneId: string, environment = 'prod', port = 6000) =>
  databaseName({ environment, cloneId, port });

describe('databaseName', () => {
  it.each([
    ['my-clone', 'dblab-clone-prod-my-clone-6000'],
    ['1st', 'dblab-clone-prod-1st-6000'],
    ['trailing-', 'dblab-clone-prod-trailing--6000'],
    ['MiXed', 'dblab-clone-prod-MiXed-6000'],
  ])('keeps the guide’s form for %s', (id, expected) => {
    expect(name(id)).toBe(expected);
  });

  it.each([
    ['my_clone', /^dblab-clone-prod-my-clone-[0-9a-f]{8}-6000$/],
    ['v1.2', /^dblab-clone-prod-v1-2-[0-9a-f]{8}-6000$/],
    ['a__.b', /^dblab-clone-prod-a-b-[0-9a-f]{8}-6000$/],
    ['x'.repeat(200), /^dblab-clone-prod-x+-[0-9a-f]{8}-6000$/],
  ])('hashes what Teleport refuses: %s', (id, expected) => {
    expect(name(id)).toMatch(expected);
  });

  it('keeps the guide’s form up to 200 characters, and fills them up beyond', () => {
    const plain = name('x'.repeat(178));
    expect(plain).toMatch(/^dblab-clone-prod-x{178}-6000$/);
    expect(plain).toHaveLength(200);
    expect(name('x'.repeat(179))).toMatch(/^dblab-clone-prod-x{169}-[0-9a-f]{8}-6000$/);
  });

  it('is stable: the same clone has the same name in every process and release', () => {
    expect(name('my_clone')).toBe('dblab-clone-prod-my-clone-3a39c451-6000');
  });

  it('tells ids that look alike apart', () => {
    const alike = ['a.b', 'a_b', 'a-b', 'a..b', 'a__b', 'A.b'];
    expect(new Set(alike.map((id) => name(id))).size).toBe(alike.length);
  });

  it('hashes environment and id apart from each other', () => {
    const one = hashedDatabaseName({ environment: 'prod', cloneId: 'eu-a', port: 6000 });
    const other = hashedDatabaseName({ environment: 'prod-eu', cloneId: 'a', port: 6000 });
    expect(one).not.toBe(other);
  });

  it('is always a name that Teleport takes, at most 200 long, with the port last', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 300 }),
        fc.string({ maxLength: 300 }),
        fc.integer({ min: 1, max: 65535 }),
        (environment, cloneId, port) => {
          const made = databaseName({ environment, cloneId, port });
          expect(isDatabaseName(made)).toBe(true);
          expect(made.length).toBeLessThanOrEqual(200);
          expect(namesPort(made, port)).toBe(true);
        },
      ),
    );
  });
});

it('a name carries one port and no other', () => {
  expect(['6000', '600', '7000'].map((port) => namesPort(name('a'), Number(port)))).toEqual([
    true,
    false,
    false,
  ]);
});

it.each([
  ['a', true],
  ['A-1', true],
  ['1a', false],
  ['a-', false],
  ['a_b', false],
  ['', false],
  ['x'.repeat(200), true],
  ['x'.repeat(201), false],
])('Teleport takes %j as the name of a database: %s', (text, expected) => {
  expect(isDatabaseName(text)).toBe(expected);
});

describe('appName', () => {
  it('keeps the guide’s form where it is a DNS label', () => {
    expect(appName('prod')).toBe('dblab-api-prod');
  });

  it('is always a DNS label, and differs for environments that look alike', () => {
    const alike = ['prod', 'Prod', 'pr_od', 'pr.od', 'p'.repeat(90), 'p'.repeat(91)];
    const names = alike.map(appName);
    for (const made of names) expect(made).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
    expect(new Set(names).size).toBe(alike.length);
  });
});
