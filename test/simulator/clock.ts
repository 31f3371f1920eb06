import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/lib/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/** So much may be woken at the same moment; more is a loop that never waits. */
const MOST_AT_ONCE = 10_000;

/** Virtual time: it passes only when everybody sleeps, and then all at once up to the next who wakes. */
export class SimClock implements Clock {
  #now = 1_000_000;
  #order = 0;
  #seed: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  now(): number {
    return this.#now;
  }

  /** Chance that comes out the same for the same seed (mulberry32). */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  get sleepers(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleepers = this.#sleepers;
      const sleeper = { at: this.#now + Math.max(0, ms), order: this.#order++, wake };
      function wake() {
        sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      }
      sleepers.add(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    let atOnce = 0;
    await setImmediate();
    for (;;) {
      const next = this.#first();
      if (next === undefined || next.at > end) break;
      atOnce = next.at > this.#now ? 0 : atOnce + 1;
      if (atOnce > MOST_AT_ONCE) throw new Error(`time stands still at ${this.#now}: somebody spins`);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      // All that follows without sleeping happens before the next event of the machine.
      await setImmediate();
    }
    this.#now = end;
  }

  #first(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (
        first === undefined ||
        sleeper.at < first.at ||
        (sleeper.at === first.at && sleeper.order < first.order)
      )
        first = sleeper;
    }
    return first;
  }
}
