import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test.each<[string, string | undefined]>([
  ['prdo', 'prod'],
  ['prod', 'prod'],
  ['PROD', 'prod'],
  ['stagng', 'staging'],
  ['staging-eu', 'staging'],
  ['x', undefined],
  ['', undefined],
  ['quite-another', undefined],
])('%j is most likely %j', (word, meant) => {
  expect(nearest(word, ['prod', 'staging', 'dev'])).toBe(meant);
});
