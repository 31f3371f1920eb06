import { beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from './pass.ts';
import { Timetable } from './timetable.ts';

const NOTHING = { isNews: false, toConfirm: false };
const decision = (unsettled: boolean, held: readonly unknown[] = []) =>
  ({ desired: { unsettled }, held }) as unknown as Decision;

let times: Timetable;
beforeEach(() => {
  times = new Timetable({ pollMs: 15_000, sweepMs: 20_000, watchedSweepMs: 600_000 });
  times.looked(0, decision(false), NOTHING);
});

const next = (now: number, retryAt?: number) => times.next(now, retryAt);

describe('without a reason', () => {
  it('the Engine is read at its interval, and all is looked at at its own', () => {
    expect(next(0)).toMatchObject({ at: 15_000, why: 'poll' });
    times.polled(15_000, 0);
    expect(next(15_000)).toMatchObject({ at: 20_000, why: 'sweep' });
  });

  it('a Teleport that tells of changes is looked at more seldom', () => {
    times.watched(true);
    times.polled(15_000, 0);
    expect(next(15_000)).toMatchObject({ at: 30_000, why: 'poll' });
  });
});

describe('while a clone is being created', () => {
  it('the Engine is read after a second, then after twice as long each time, up to the interval', () => {
    times.looked(0, decision(true), NOTHING);
    const waits: number[] = [];
    for (let at = 0; waits.length < 6; ) {
      const wait = next(at).at - at;
      waits.push(wait);
      at += wait;
      times.looked(at - 1, decision(true), NOTHING);
      times.polled(at, 0);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  it('news makes it soon again, and a look that finds all settled makes it usual', () => {
    times.looked(0, decision(true), NOTHING);
    for (const at of [1_000, 3_000]) times.polled(at, 0);
    expect(next(3_000).at).toBe(7_000);
    times.looked(3_000, decision(true), { ...NOTHING, isNews: true });
    expect(next(3_000).at).toBe(4_000);
    times.looked(4_000, decision(false), NOTHING);
    expect(next(4_000).at).toBe(19_000);
  });
});

describe('a failed look', () => {
  it('is repeated after half a second, then after twice as long, up to 15 s', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7].map(() => {
      times.failed(0, 0);
      return next(0).at;
    });
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    times.looked(0, decision(false), NOTHING);
    times.failed(0, 0);
    expect(next(0).at).toBe(500);
  });

  it('is worth another try at once when somebody says so; where none failed, that changes nothing', () => {
    times.hurry(5);
    expect(next(5)).toMatchObject({ at: 15_000, why: 'poll' });
    times.failed(10, 0);
    times.hurry(20);
    expect(next(20).at).toBe(20);
  });
});

describe('what was asked for', () => {
  it('is forgotten when the look begins that serves it', () => {
    times.hinted(10);
    times.news(10);
    times.looked(10, decision(false), { ...NOTHING, toConfirm: true });
    times.begins();
    expect(next(10)).toMatchObject({ at: 15_010, why: 'poll' });
  });

  it('needs no confirming look when Teleport has told of it', () => {
    times.looked(0, decision(false), { ...NOTHING, toConfirm: true });
    expect(next(0)).toMatchObject({ at: 1_500, why: 'confirm' });
    times.confirmed();
    expect(next(0).at).toBe(15_000);
  });

  it('is gathered from the first hint on', () => {
    times.hinted(10);
    const first = next(10).at;
    times.hinted(12);
    expect(next(12).at).toBe(first + 2);
    for (let at = 13; at < 2_000; at += 1) times.hinted(at);
    expect(next(2_000).at).toBeLessThan(1_000);
  });

  it('news counts from the first', () => {
    times.news(10);
    const { at } = next(10);
    times.news(25);
    expect(next(25).at).toBe(at);
  });
});

describe('a clock that is set back by an hour', () => {
  const HOUR = 3_600_000;
  it.each<[what: string, ask: () => void, within: number]>([
    ['the poll', () => {}, 15_000],
    ['a hint', () => times.hinted(HOUR), 1_000],
    ['news', () => times.news(HOUR), 1_000],
    ['a confirming look', () => times.looked(HOUR, decision(false), { ...NOTHING, toConfirm: true }), 0],
    ['a held removal', () => times.looked(HOUR, decision(false, [1]), NOTHING), 0],
    ['a failed look', () => times.failed(HOUR, 0), 0],
  ])('delays %s no longer than usual', (_, ask, within) => {
    times.looked(HOUR, decision(false), NOTHING);
    ask();
    expect(next(1_000).at).toBeGreaterThanOrEqual(1_000);
    expect(next(1_000).at).toBeLessThanOrEqual(1_000 + within);
  });

  it('makes up no reason to look', () => {
    times.looked(HOUR, decision(false), NOTHING);
    expect(next(1_000)).toMatchObject({ at: 16_000, why: 'poll' });
  });
});
