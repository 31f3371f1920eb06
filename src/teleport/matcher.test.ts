import { describe, expect, it } from 'vitest';
import { matchesLabels } from './matcher.ts';

describe('labels that a role or an agent asks for', () => {
  it.each([
    { matcher: { '*': ['*'] }, labels: {}, wants: true },
    { matcher: {}, labels: { dblab: 'true' }, wants: false },
    { matcher: { env: ['x'], '*': ['*'] }, labels: {}, wants: true },
    { matcher: { '*': ['x'] }, labels: { a: 'x' }, wants: false },
    { matcher: { dblab: ['true'] }, labels: { dblab: 'true', more: 'x' }, wants: true },
    { matcher: { dblab: ['true'] }, labels: { dblab: 'false' }, wants: false },
    { matcher: { dblab: ['true'] }, labels: {}, wants: false },
    { matcher: { dblab: ['*'] }, labels: { dblab: 'anything' }, wants: true },
    { matcher: { env: ['dev-*', 'test'] }, labels: { env: 'dev-1' }, wants: true },
    { matcher: { env: ['dev-*', 'test'] }, labels: { env: 'mydev-1' }, wants: false },
    { matcher: { env: ['d.v'] }, labels: { env: 'dev' }, wants: false },
    { matcher: { env: ['dev'], dblab: ['true'] }, labels: { env: 'dev' }, wants: false },
  ])('$matcher on $labels: $wants', ({ matcher, labels, wants }) => {
    expect(matchesLabels(matcher, labels)).toBe(wants);
  });
});
