import type { Clock } from './clock.ts';

/**
 * For things that may happen often and should be told seldom. Call it whenever one happens: it answers how
 * many have happened since it was last told, or undefined where that is less than `everyMs` ago. Keys are
 * remembered for good, so they must come from a small set.
 */
export function seldom(clock: Clock, everyMs: number): (key: string) => number | undefined {
  const told = new Map<string, { at: number; since: number }>();
  return (key) => {
    const now = clock.now();
    const last = told.get(key) ?? { at: Number.NEGATIVE_INFINITY, since: 0 };
    const count = last.since + 1;
    const due = now - last.at >= everyMs;
    told.set(key, due ? { at: now, since: 0 } : { at: last.at, since: count });
    return due ? count : undefined;
  };
}
