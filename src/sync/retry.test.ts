import { describe, expect, it } from 'vitest';
import { backoff, consequence } from './retry.ts';

describe('what follows from a refusal', () => {
  it.each([
    ['create', 'already-exists', false, 'again'],
    ['update', 'not-found', false, 'again'],
    ['delete', 'not-found', false, 'done'],
    ['delete', 'not-found', true, 'again'],
    ['create', 'not-found', false, 'again'],
    ['update', 'already-exists', true, 'again'],
    ['create', 'tctl-missing', false, 'again'],
    ['create', 'invalid', true, 'report'],
    ['update', 'not-found', true, 'again'],
    ['delete', 'rule-denied', true, 'report'],
    ['delete', 'labels-denied', true, 'report'],
    ['create', 'rule-denied', false, 'report'],
    ['create', 'labels-denied', false, 'report'],
    ['create', 'invalid', false, 'report'],
    ['delete', 'identity-expired', false, 'again'],
    ['create', 'identity-missing', false, 'again'],
    ['update', 'identity-invalid', false, 'again'],
    ['create', 'unreachable', false, 'again'],
    ['create', 'timeout', false, 'again'],
    ['create', 'unknown', false, 'again'],
  ] as const)('%s, %s (own write invisible: %s) → %s', (action, code, isInvisible, expected) => {
    expect(consequence(action, code, isInvisible)).toBe(expected);
  });
});

describe('backoff', () => {
  it('doubles from half a second to a minute', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1_000].map((failures) => backoff(failures, 0));
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('is up to a quarter shorter by chance, so that keys do not come back as a herd', () => {
    expect(backoff(2, 0.999)).toBeGreaterThan(750);
    expect(backoff(2, 0.5)).toBe(875);
  });
});
