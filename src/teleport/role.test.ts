import { describe, expect, it } from 'vitest';
import { grantsOf, mayDo, missingGrants } from './role.ts';

const LABELS = { dblab: 'true', environment: 'prod' };
const VERBS = ['list', 'create', 'read', 'update', 'delete'];
const role = (allow: object, deny: object = {}) =>
  grantsOf({ kind: 'role', metadata: { name: 'r' }, spec: { allow, deny } });
const RULES = [{ resources: ['db', 'app'], verbs: VERBS }];
const LABELLED = { db_labels: { '*': '*' }, app_labels: { '*': '*' } };

describe('missingGrants', () => {
  it.each([
    ['nothing, with the whole of it', [role({ ...LABELLED, rules: RULES })], []],
    ['nothing, with wildcards', [role({ ...LABELLED, rules: [{ resources: ['*'], verbs: ['*'] }] })], []],
    ['nothing, where several roles make it up', [role(LABELLED), role({ rules: RULES })], []],
    [
      'nothing, with labels that cover ours',
      [role({ db_labels: { dblab: 'true' }, app_labels: { dblab: ['true'] }, rules: RULES })],
      [],
    ],
    [
      'nothing, where an expression asks for labels',
      [role({ db_labels_expression: 'x', app_labels_expression: 'y', rules: RULES })],
      [],
    ],
    [
      "app_labels, with the guide's role",
      [role({ db_labels: { '*': '*' }, rules: RULES })],
      ['app app_labels'],
    ],
    ['labels of both, with rules alone', [role({ rules: RULES })], ['db db_labels', 'app app_labels']],
    [
      'labels, where they do not cover ours',
      [role({ db_labels: { env: 'x' }, app_labels: { '*': '*' }, rules: RULES })],
      ['db db_labels'],
    ],
    ['rules, with the implicit ones alone', [role(LABELLED)], ['db rules', 'app rules']],
    [
      'a rule, where one verb lacks',
      [
        role({
          ...LABELLED,
          rules: [
            { resources: ['app'], verbs: VERBS },
            { resources: ['db'], verbs: ['create', 'update'] },
          ],
        }),
      ],
      ['db rules'],
    ],
    [
      'what another role denies',
      [
        role({ ...LABELLED, rules: RULES }),
        role({}, { rules: [{ resources: ['db'], verbs: ['delete'] }], app_labels: { dblab: 'true' } }),
      ],
      ['db rules', 'app app_labels'],
    ],
    ['everything, without roles', [], ['db rules', 'db db_labels', 'app rules', 'app app_labels']],
  ])('misses %s', (_name, roles, wanted) => {
    const found = missingGrants(roles, LABELS).map(({ what, yaml }) => `${what} ${yaml.split(':')[0]}`);
    expect(found).toEqual(wanted);
  });
});

it('lets nobody look at agents without a rule', () => {
  expect(mayDo([role(LABELLED)], 'list', 'db_service')).toBe(false);
  expect(
    mayDo([role({ rules: [{ resources: ['db_service'], verbs: ['list'] }] })], 'list', 'db_service'),
  ).toBe(true);
});

it.each([
  undefined,
  null,
  1,
  {},
  { metadata: { name: 1 }, spec: {} },
  { metadata: { name: 'x' }, spec: { allow: 1 } },
])('refuses %j as a role', (document) => {
  expect(() => grantsOf(document)).toThrow();
});
