/**
 * Keeps Teleport in step with the clones for as long as it runs. One coroutine does all the looking and
 * all the writing; hints, timers and the identity only say when. Knows no transport and no protocol.
 */
import type { Clone } from '../engine/clone.ts';
import { EngineError } from '../engine/error.ts';
import { Bell } from '../lib/bell.ts';
import type { Server, TeleportEvent } from '../teleport/event.ts';
import type { Audience } from './audience.ts';
import type { Absences } from './guard.ts';
import { type PassReport, pass, type World } from './pass.ts';
import type { Hint } from './queue.ts';
import type { Why } from './schedule.ts';
import { Servers } from './servers.ts';
import { blind, type Status, seen, starting } from './status.ts';
import { type Intervals, Timetable } from './timetable.ts';
import type { Listener } from './watch.ts';
import { Witness } from './witness.ts';

export class Loop implements Listener {
  readonly #world: World;
  readonly #audience: Audience;
  readonly #timetable: Timetable;
  readonly #bell = new Bell();
  readonly #witness: Witness;
  readonly #servers = new Servers();
  #status: Status;
  #absences: Absences = new Map();
  #picture = '';

  constructor(world: World, intervals: Intervals, audience: Audience) {
    this.#world = world;
    this.#timetable = new Timetable(intervals);
    this.#audience = audience;
    this.#witness = new Witness(world.policy.environment, world.pending);
    this.#status = starting(world.policy, world.teleport.transport);
  }

  get status(): Status {
    const { teleport, clock } = this.#world;
    return {
      ...this.#status,
      transport: teleport.transport,
      service: this.#servers.report(clock.now()),
    };
  }

  /** Asks for a look at a clone, soon. Returns at once; what is hinted during a pass gets the next one. */
  hint(hint: Hint): void {
    const now = this.#world.clock.now();
    this.#world.queue.mark(hint, now);
    this.#timetable.hinted(now);
    this.#bell.ring();
  }

  /** Teleport told of a change: one of ours is confirmed by it, one of somebody else's is looked at soon. */
  told(event: TeleportEvent): void {
    if (event.kind === 'opened') this.#timetable.watched(true);
    this.#servers.told(event);
    const meaning = this.#witness.judge(event);
    if (meaning === 'confirmed' && this.#world.pending.isSettled) this.#timetable.confirmed();
    if (meaning !== 'news') return;
    this.#timetable.news(this.#world.clock.now());
    this.#bell.ring();
  }

  servedBy(servers: readonly Server[]): void {
    this.#servers.reset(servers);
  }

  deaf(): void {
    this.#timetable.watched(false);
    this.#bell.ring();
  }

  /** The identity file was replaced: whatever was refused may be allowed now. */
  identityChanged(): void {
    this.#world.queue.tryAllAgain();
    this.#timetable.hurry(this.#world.clock.now());
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
    this.#timetable.begins();
    const report = await pass(this.#world, this.#absences, signal);
    this.#absorb(report);
    return report;
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { clock, queue } = this.#world;
    const now = clock.now();
    const { at, why } = this.#timetable.next(now, queue.nextRetryAt());
    if (at > now) await this.#bell.wait(clock, at - now);
    else if (why === 'poll') await this.#poll(signal);
    else await this.#look(why, signal);
  }

  /** Reads the Engine alone; only a picture that differs from the last is a reason to read Teleport as well. */
  async #poll(signal: AbortSignal): Promise<void> {
    const { clock, clones } = this.#world;
    const started = clock.now();
    try {
      const picture = pictureOf(await clones(signal));
      const now = clock.now();
      this.#timetable.polled(now, now - started);
      if (picture !== this.#picture) await this.#look('poll', signal);
      else this.#audience.remark(this.status);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#failed(error);
    }
  }

  async #look(why: Why, signal: AbortSignal): Promise<void> {
    const { queue, clock } = this.#world;
    const hinted = queue.take();
    const report = await this.once(signal);
    const now = clock.now();
    if (why === 'sweep' || why === 'held') this.#timetable.rests(now, report.durationMs);
    if (report.ok) this.#audience.looked(report, this.status, { why, hinted, now });
  }

  #absorb(report: PassReport): void {
    if (!report.ok) {
      this.#failed(report.error);
      return;
    }
    const { decision, deeds } = report;
    const now = this.#world.clock.now();
    const picture = pictureOf(decision.clones);
    // After the first look too: an earlier process may have written what the list could not show yet.
    const toConfirm = this.#status.lookedAt === undefined || deeds.some((deed) => deed.outcome.ok);
    this.#timetable.looked(now, decision, { isNews: picture !== this.#picture, toConfirm });
    this.#picture = picture;
    this.#absences = decision.absences;
    this.#witness.saw(
      decision.view,
      decision.plan.conflicts.map((conflict) => conflict.holder),
    );
    this.#servers.registered(decision.plan.names.values(), now);
    const { queue } = this.#world;
    this.#status = seen(
      this.#status,
      decision,
      { failures: queue.failures(), quarrels: queue.quarrels(now) },
      now,
    );
  }

  #failed(error: Parameters<typeof blind>[1]): void {
    const { clock } = this.#world;
    const now = clock.now();
    this.#timetable.failed(now, clock.random());
    this.#status = blind(this.#status, error, now);
    this.#audience.blinded(error, this.status);
  }
}

/** All that decides about registrations, so that two equal pictures need no second look. */
function pictureOf(clones: readonly Clone[]): string {
  const rows = clones.map(({ id, status, port, user, owner }) => [id, status, port, user, owner]);
  return JSON.stringify(rows.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}
