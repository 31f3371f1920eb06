import { describe, expect, it } from 'vitest';
import { mayDo } from './role.ts';

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
