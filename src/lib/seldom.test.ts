import { expect, test } from 'vitest';
import { systemClock } from './clock.ts';
import { seldom } from './seldom.ts';

test('the first is told at once, the next ones together when the time is up, each key for itself', () => {
  let now = 5;
  const due = seldom({ ...systemClock, now: () => now }, 100);
  expect(due('a')).toBe(1);
  expect([due('a'), due('a')]).toEqual([undefined, undefined]);
  expect(due('b')).toBe(1);
  now += 99;
  expect(due('a')).toBeUndefined();
  now += 1;
  expect(due('a')).toBe(4);
  now += 1_000;
  expect(due('a')).toBe(1);
});
