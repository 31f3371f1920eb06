import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

test.each([
  ['1ms', 1],
  ['500ms', 500],
  ['15s', 15_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1_500],
  ['1m0s', 60_000],
  ['24h', 86_400_000],
])('%s is a duration', (text, ms) => {
  expect(parseDuration(text)).toEqual({ ok: true, value: ms });
});

test.each([
  ['5', /needs a unit/],
  ['0', /longer than zero/],
  ['0s', /longer than zero/],
  ['0.1ms', /longer than zero/],
  ['-5m', /negative/],
  ['24h1ms', /at most 24h/],
  ['9'.repeat(400).concat('h'), /at most 24h/],
  ['', /not a duration/],
  ['5 m', /not a duration/],
  ['5d', /not a duration/],
  ['five', /not a duration/],
  ['1h30', /not a duration/],
  ['1..5s', /not a duration/],
])('%s is refused', (text, reason) => {
  expect(parseDuration(text)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
});

test.each([
  [0, '0s'],
  [500, '500ms'],
  [1_500, '1.5s'],
  [60_000, '1m0s'],
  [90_000, '1m30s'],
  [3_600_000, '1h0m0s'],
  [86_400_000, '24h0m0s'],
])('%s ms is written as Go writes it: %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
