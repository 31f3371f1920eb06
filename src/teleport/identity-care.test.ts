import { describe, expect, it } from 'vitest';
import { concerns } from './identity-care.ts';

const HOUR = 3_600_000;
const BEGIN = Date.UTC(2026, 0, 1);
const identity = { notBefore: BEGIN, expiresAt: BEGIN + HOUR, readableByOthers: false };

describe('concerns about an identity', () => {
  it.each([
    ['fresh', 0.1 * HOUR, 0],
    ['four fifths over', 0.79 * HOUR, 0],
    ['in its last fifth', 0.81 * HOUR, 1],
    ['expiring at this moment', HOUR, 0],
    ['expired: that is said by whoever tries to use it', 1.1 * HOUR, 0],
  ])('%s', (_, now, count) => {
    expect(concerns(identity, '/id', BEGIN + now)).toHaveLength(count);
  });

  it('names the file, the time and tbot when it is not renewed', () => {
    expect(concerns(identity, '/id', BEGIN + 0.9 * HOUR)).toEqual([
      expect.stringMatching(/^The identity in \/id expires at 2026-01-01T01:00:00.000Z .* status tbot/),
    ]);
  });

  it('names the file and the command when others may read the key', () => {
    expect(concerns({ ...identity, readableByOthers: true }, '/id', 0)).toEqual([
      expect.stringContaining('chmod 600 /id'),
    ]);
  });
});
