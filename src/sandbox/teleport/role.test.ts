import { describe, expect, it } from 'vitest';
import { matches, mayDo } from './role.ts';

describe('labels that a role covers', () => {
  it.each([
    { matcher: { '*': ['*'] }, labels: {}, wants: true },
    { matcher: {}, labels: { dblab: 'true' }, wants: false },
    { matcher: { dblab: ['true'] }, labels: { dblab: 'true', more: 'x' }, wants: true },
    { matcher: { dblab: ['true'] }, labels: { dblab: 'false' }, wants: false },
    { matcher: { dblab: ['true'] }, labels: {}, wants: false },
    { matcher: { dblab: ['*'] }, labels: { dblab: 'anything' }, wants: true },
    { matcher: { env: ['dev-*', 'test'] }, labels: { env: 'dev-1' }, wants: true },
    { matcher: { env: ['dev-*', 'test'] }, labels: { env: 'mydev-1' }, wants: false },
    { matcher: { env: ['d.v'] }, labels: { env: 'dev' }, wants: false },
    { matcher: { env: ['dev'], dblab: ['true'] }, labels: { env: 'dev' }, wants: false },
  ])('$matcher on $labels: $wants', ({ matcher, labels, wants }) => {
    expect(matches(matcher, labels)).toBe(wants);
  });
});

describe('verbs', () => {
  it('lets everybody list and read, and nobody write without a rule', () => {
    expect(['list', 'read', 'create', 'update', 'delete'].map((verb) => mayDo([], verb, 'db'))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('takes the rule of any role', () => {
    const role = (verb: string) => ({
      dbLabels: {},
      appLabels: {},
      rules: [{ resources: ['db'], verbs: [verb] }],
    });
    const roles = [role('create'), role('delete')];
    expect(['create', 'update', 'delete'].map((verb) => mayDo(roles, verb, 'db'))).toEqual([
      true,
      false,
      true,
    ]);
    expect(mayDo(roles, 'create', 'app')).toBe(false);
  });
});
