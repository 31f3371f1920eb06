import { describe, expect, it } from 'vitest';
import { type Agenda, nextLook, restUntil } from './schedule.ts';

const quiet: Agenda = {
  failedUntil: undefined,
  hinted: undefined,
  newsAt: undefined,
  confirmAt: undefined,
  retryAt: undefined,
  heldAt: undefined,
  pollAt: 15_000,
  sweepAt: 20_000,
  restedAt: 0,
};

describe('the next look', () => {
  it.each<[string, Partial<Agenda>, string, number]>([
    ['a quiet day', {}, 'poll', 15_000],
    ['a sweep before a poll', { sweepAt: 10_000 }, 'sweep', 10_000],
    ['of two at one time the one that reads more', { sweepAt: 15_000 }, 'sweep', 15_000],
    ['a hint, once more of them had 4 ms to come', { hinted: { first: 1_000, last: 1_000 } }, 'hint', 1_004],
    ['hints that keep coming', { hinted: { first: 1_000, last: 1_100 } }, 'hint', 1_104],
    ['hints without end', { hinted: { first: 1_000, last: 1_198 } }, 'hint', 1_200],
    ['news of a change that is not ours', { newsAt: 1_000 }, 'news', 1_020],
    ['a write to confirm', { confirmAt: 3_000 }, 'confirm', 3_000],
    ['a failed key', { retryAt: 2_000, confirmAt: 3_000 }, 'retry', 2_000],
    ['something held', { heldAt: 9_000 }, 'held', 9_000],
    [
      'nothing before the wait of a failed look is over',
      { failedUntil: 4_000, hinted: { first: 1_000, last: 1_000 } },
      'retry',
      4_000,
    ],
    ['a rest after a slow look that only the clock asked for', { restedAt: 60_000 }, 'sweep', 60_000],
    ['no rest for a hint', { restedAt: 60_000, hinted: { first: 1_000, last: 1_000 } }, 'hint', 1_004],
    ['no rest for a confirmation', { restedAt: 60_000, confirmAt: 3_000 }, 'confirm', 3_000],
  ])('%s', (_, over, why, at) => {
    expect(nextLook({ ...quiet, ...over })).toEqual({ at, why });
  });

  it('rests so long that looks by the clock take a twentieth of the time', () => {
    expect(restUntil(1_000, 100)).toBe(1_000 + 1_900);
  });
});
