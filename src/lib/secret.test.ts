import { timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';
import { expect, test, vi } from 'vitest';
import { Secret } from './secret.ts';

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) };
});

const secret = new Secret('the secret');

test.each([
  ['the secret', true],
  ['the secreT', false],
  ['', false],
  ['the secret, and more', false],
])('%j is compared in constant time, whatever its length', (candidate, isIt) => {
  vi.mocked(timingSafeEqual).mockClear();
  expect(secret.matches(candidate)).toBe(isIt);
  const [lengths] = vi.mocked(timingSafeEqual).mock.calls.map((pair) => pair.map((it) => it.byteLength));
  expect(lengths).toEqual([32, 32]);
});

test.each<[how: string, shown: () => string]>([
  ['in a text', () => `${secret}`],
  ['as JSON', () => JSON.stringify({ secret })],
  ['inspected', () => inspect({ secret }, { showHidden: true, depth: 9 })],
  ['in the message of an error', () => new Error(`no: ${secret}`).message],
  ['by its keys', () => Object.entries(secret).join()],
])('it does not show %s', (_, shown) => {
  expect(shown()).not.toContain('the secret');
});
