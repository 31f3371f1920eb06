/**
 * Keeps Teleport in step with the clones for as long as it runs. One coroutine does all the looking and
 * all the writing; hints, timers and the identity only say when. Knows no transport and no protocol.
 */
import type { Clone } from '../engine/clone.ts';
import { EngineError } from '../engine/error.ts';
import { Bell } from '../lib/bell.ts';
import type { Absences } from './guard.ts';
import type { Journal } from './journal.ts';
import { type PassReport, pass, type World } from './pass.ts';
import type { Hint } from './queue.ts';
import { backoff } from './retry.ts';
import { CONFIRM_MS, HELD_MS, nextLook, restUntil, type Why } from './schedule.ts';
import { blind, type Status, seen, starting } from './status.ts';

export interface Intervals {
  /** Milliseconds between two readings of the Engine that nothing else asked for. */
  readonly pollMs: number;
  /** Milliseconds between two complete looks that nothing else asked for. */
  readonly sweepMs: number;
}

/** A clone that is being created is soon ready: first look again after this, then after twice as long, and so on. */
const UNSETTLED_MS = 1_000;
/** A remote that is down is asked again at least this often. */
const LONGEST_BLIND_MS = 15_000;

export class Loop {
  readonly #world: World;
  readonly #intervals: Intervals;
  readonly #journal: Journal;
  readonly #bell = new Bell();
  #status: Status;
  #absences: Absences = new Map();
  #picture = '';
  #hintedAt: number | undefined;
  #confirmAt: number | undefined;
  #failedUntil: number | undefined;
  #failedLooks = 0;
  #unsettledLooks = 0;
  #readAt = 0;
  #lookedAt = 0;
  #restedAt = 0;

  constructor(world: World, intervals: Intervals, journal: Journal) {
    this.#world = world;
    this.#intervals = intervals;
    this.#journal = journal;
    this.#status = starting(world.policy.environment, world.teleport.transport);
  }

  get status(): Status {
    return this.#status;
  }

  /** Asks for a look at a clone, soon. Returns at once; what is hinted during a pass gets the next one. */
  hint(hint: Hint): void {
    const now = this.#world.clock.now();
    this.#world.queue.mark(hint, now);
    this.#hintedAt ??= now;
    this.#bell.ring();
  }

  /** The identity file was replaced: whatever was refused may be allowed now. */
  identityChanged(): void {
    this.#world.queue.tryAllAgain();
    if (this.#failedUntil !== undefined) this.#failedUntil = this.#world.clock.now();
    this.#bell.ring();
  }

  /**
   * Resolves once `stop` is aborted and the pass under way has ended, which `abandon` hastens.
   * Rejects only for defects, and for what `clones()` throws beside an `EngineError`.
   */
  async run(stop: AbortSignal, abandon: AbortSignal): Promise<void> {
    const wake = () => this.#bell.ring();
    stop.addEventListener('abort', wake, { once: true });
    try {
      await this.#look('start', abandon);
      while (!stop.aborted) await this.#turn(abandon);
    } catch (error) {
      if (!abandon.aborted) throw error;
    } finally {
      stop.removeEventListener('abort', wake);
    }
  }

  /** One complete look, as for `--once`. */
  async once(signal: AbortSignal): Promise<PassReport> {
    const report = await pass(this.#world, this.#absences, signal);
    this.#absorb(report);
    return report;
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { at, why } = this.#next();
    const wait = at - this.#world.clock.now();
    if (wait > 0) await this.#bell.wait(this.#world.clock, wait);
    else if (why === 'poll') await this.#poll(signal);
    else await this.#look(why, signal);
  }

  #next(): { at: number; why: Why } {
    const { pollMs, sweepMs } = this.#intervals;
    const unsettledMs = UNSETTLED_MS * 2 ** Math.min(this.#unsettledLooks - 1, 16);
    return nextLook({
      failedUntil: this.#failedUntil,
      hintedAt: this.#hintedAt,
      confirmAt: this.#confirmAt,
      retryAt: this.#world.queue.nextRetryAt(),
      heldAt: this.#status.held.length > 0 ? this.#lookedAt + HELD_MS : undefined,
      pollAt: this.#readAt + (this.#unsettledLooks > 0 ? Math.min(unsettledMs, pollMs) : pollMs),
      sweepAt: this.#lookedAt + sweepMs,
      restedAt: this.#restedAt,
    });
  }

  /** Reads the Engine alone; only a picture that differs from the last is a reason to read Teleport as well. */
  async #poll(signal: AbortSignal): Promise<void> {
    const { clock, clones } = this.#world;
    const started = clock.now();
    try {
      const picture = pictureOf(await clones(signal));
      this.#readAt = clock.now();
      this.#restedAt = restUntil(this.#readAt, this.#readAt - started);
      if (this.#unsettledLooks > 0) this.#unsettledLooks += 1;
      if (picture !== this.#picture) await this.#look('poll', signal);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#failed(error, clock.now());
    }
  }

  async #look(why: Why, signal: AbortSignal): Promise<void> {
    const { queue, clock } = this.#world;
    const hinted = queue.take();
    this.#hintedAt = undefined;
    this.#confirmAt = undefined;
    const report = await this.once(signal);
    const now = clock.now();
    if (why === 'sweep' || why === 'held') this.#restedAt = restUntil(now, report.durationMs);
    if (report.ok) this.#journal.looked(report, this.#status, { why, hinted, now });
  }

  #absorb(report: PassReport): void {
    const { queue, clock } = this.#world;
    const now = clock.now();
    if (!report.ok) {
      this.#failed(report.error, now);
      return;
    }
    const { decision, deeds } = report;
    // After the first look too: an earlier process may have written what the list could not show yet.
    const isUnconfirmed = this.#status.lookedAt === undefined || deeds.some((deed) => deed.outcome.ok);
    if (isUnconfirmed) this.#confirmAt = now + CONFIRM_MS;
    const picture = pictureOf(decision.clones);
    if (picture !== this.#picture) this.#unsettledLooks = 0;
    this.#unsettledLooks = decision.desired.unsettled ? Math.max(1, this.#unsettledLooks) : 0;
    this.#picture = picture;
    this.#absences = decision.absences;
    this.#failedLooks = 0;
    this.#failedUntil = undefined;
    this.#readAt = now;
    this.#lookedAt = now;
    this.#status = seen(this.#status, decision, queue.failures(), now);
  }

  #failed(error: Parameters<typeof blind>[1], now: number): void {
    this.#failedLooks += 1;
    this.#failedUntil = now + backoff(this.#failedLooks, this.#world.clock.random(), LONGEST_BLIND_MS);
    this.#status = blind(this.#status, error, now);
    this.#journal.blinded(error);
  }
}

/** All that decides about registrations, so that two equal pictures need no second look. */
function pictureOf(clones: readonly Clone[]): string {
  const rows = clones.map(({ id, status, port, user, owner }) => [id, status, port, user, owner]);
  return JSON.stringify(rows.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}
