import { describe, expect, it } from 'vitest';
import { concerns } from './identity-care.ts';

const HOUR = 3_600_000;
const identity = { notBefore: 0, expiresAt: HOUR, readableByOthers: false };

describe('concerns about an identity', () => {
  it.each([
    ['fresh', 0.1 * HOUR, 0],
    ['four fifths over', 0.79 * HOUR, 0],
    ['in its last fifth', 0.81 * HOUR, 1],
    ['expired: that is said by whoever tries to use it', 1.1 * HOUR, 0],
  ])('%s', (_, now, count) => {
    expect(concerns(identity, '/id', now)).toHaveLength(count);
  });

  it('names the file and the command when others may read the key', () => {
    expect(concerns({ ...identity, readableByOthers: true }, '/id', 0)).toEqual([
      expect.stringContaining('chmod 600 /id'),
    ]);
  });
});
