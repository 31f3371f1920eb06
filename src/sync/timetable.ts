import type { Decision } from './pass.ts';
import { backoff } from './retry.ts';
import { type Appointment, CONFIRM_MS, HELD_MS, type Hinted, nextLook, restUntil } from './schedule.ts';

export interface Intervals {
  /** Milliseconds between two readings of the Engine that nothing else asked for. */
  readonly pollMs: number;
  /** Milliseconds between two complete looks that nothing else asked for, while Teleport does not tell of changes. */
  readonly sweepMs: number;
  /** The same while it does. */
  readonly watchedSweepMs: number;
}

/** A clone that is being created is soon ready: first look again after this, then after twice as long, and so on. */
const UNSETTLED_MS = 1_000;
/** A remote that is down is asked again at least this often. */
const LONGEST_BLIND_MS = 15_000;

/** When what was done and asked for: all the times that the next look depends on, in milliseconds. */
export class Timetable {
  readonly #intervals: Intervals;
  #isWatched = false;
  #hinted: Hinted | undefined;
  #newsAt: number | undefined;
  #confirmAt: number | undefined;
  #heldAt: number | undefined;
  #failedUntil: number | undefined;
  #failures = 0;
  #unsettledReadings = 0;
  #readAt = 0;
  #lookedAt = 0;
  #restedAt = 0;

  constructor(intervals: Intervals) {
    this.#intervals = intervals;
  }

  next(now: number, retryAt: number | undefined): Appointment {
    if (now < this.#readAt) this.#clockWasSetBack(now);
    const { sweepMs, watchedSweepMs } = this.#intervals;
    return nextLook({
      failedUntil: this.#failedUntil,
      hinted: this.#hinted,
      newsAt: this.#newsAt,
      confirmAt: this.#confirmAt,
      retryAt,
      heldAt: this.#heldAt,
      pollAt: this.#readAt + this.#pollMs(),
      sweepAt: this.#lookedAt + (this.#isWatched ? watchedSweepMs : sweepMs),
      restedAt: this.#restedAt,
    });
  }

  hinted(now: number): void {
    this.#hinted = { first: this.#hinted?.first ?? now, last: now };
  }

  /** Whether Teleport tells of changes from now on. */
  watched(isWatched: boolean): void {
    this.#isWatched = isWatched;
  }

  /** Teleport told of a change that is not ours. */
  news(now: number): void {
    this.#newsAt ??= now;
  }

  /** Teleport told of all our writes: there is nothing left to confirm. */
  confirmed(): void {
    this.#confirmAt = undefined;
  }

  /** A failed look is worth another try at once. */
  hurry(now: number): void {
    if (this.#failedUntil !== undefined) this.#failedUntil = now;
  }

  /** What was asked for up to now is served by the look that starts here. */
  begins(): void {
    this.#hinted = undefined;
    this.#newsAt = undefined;
    this.#confirmAt = undefined;
  }

  /** The Engine alone was read and gave nothing new. */
  polled(now: number, tookMs: number): void {
    this.#readAt = now;
    this.rests(now, tookMs);
    if (this.#unsettledReadings > 0) this.#unsettledReadings += 1;
  }

  /** Only the clock had asked for the look that ends now. */
  rests(now: number, tookMs: number): void {
    this.#restedAt = restUntil(now, tookMs);
  }

  looked(
    now: number,
    { desired, held }: Decision,
    leads: { readonly isNews: boolean; readonly toConfirm: boolean },
  ): void {
    if (leads.isNews || !desired.unsettled) this.#unsettledReadings = 0;
    if (desired.unsettled) this.#unsettledReadings = Math.max(1, this.#unsettledReadings);
    if (leads.toConfirm) this.#confirmAt = now + CONFIRM_MS;
    this.#heldAt = held.length > 0 ? now + HELD_MS : undefined;
    this.#failures = 0;
    this.#failedUntil = undefined;
    this.#readAt = now;
    this.#lookedAt = now;
  }

  failed(now: number, random: number): void {
    this.#failures += 1;
    this.#failedUntil = now + backoff(this.#failures, random, LONGEST_BLIND_MS);
  }

  #pollMs(): number {
    const { pollMs } = this.#intervals;
    if (this.#unsettledReadings === 0) return pollMs;
    return Math.min(pollMs, UNSETTLED_MS * 2 ** Math.min(this.#unsettledReadings - 1, 16));
  }

  /** Times that lie in the future now would keep everything waiting for as long as the clock was set back. */
  #clockWasSetBack(now: number): void {
    this.#readAt = now;
    this.#lookedAt = now;
    this.#restedAt = now;
    if (this.#hinted !== undefined) this.#hinted = { first: now, last: now };
    if (this.#newsAt !== undefined) this.#newsAt = now;
    if (this.#confirmAt !== undefined) this.#confirmAt = now;
    if (this.#heldAt !== undefined) this.#heldAt = now;
    this.hurry(now);
  }
}
