/**
 * One look at the world and what follows from it: actual, then desired, plan, guard, apply.
 *
 * Teleport is read before the Engine: a clone born between the two readings is then at worst registered
 * twice, while in the other order it would look like a leftover and lose its registration. If either
 * cannot be read the pass ends there: half a picture removes nothing.
 */
import type { Clone } from '../engine/clone.ts';
import { EngineError } from '../engine/error.ts';
import type { Clock } from '../lib/clock.ts';
import { TeleportError } from '../teleport/error.ts';
import type { Resource } from '../teleport/resource.ts';
import { type Outcome, subject, type Teleport } from '../teleport/teleport.ts';
import { effectOf, type PlannedChange, STAGES, stageOf } from './change.ts';
import { type Desired, desired, type Policy } from './desired.ts';
import { type Absences, guard } from './guard.ts';
import type { PendingWrites } from './pending.ts';
import { type Plan, plan } from './plan.ts';
import type { Queue } from './queue.ts';
import { type Consequence, consequence } from './retry.ts';

/** What a pass works on. Only passes write here, one at a time. */
export interface World {
  readonly teleport: Teleport;
  readonly clones: (signal: AbortSignal) => Promise<readonly Clone[]>;
  readonly policy: Policy;
  readonly pending: PendingWrites;
  readonly queue: Queue;
  readonly clock: Clock;
}

/** Everything that a pass saw and decided, before it wrote anything. */
export interface Decision {
  readonly clones: readonly Clone[];
  readonly desired: Desired;
  /** What Teleport holds, our own writes that it does not show yet included. */
  readonly view: readonly Resource[];
  readonly plan: Plan;
  /** Changes to carry out now; those of keys in backoff are left out. */
  readonly due: readonly PlannedChange[];
  readonly held: readonly PlannedChange[];
  readonly absences: Absences;
}

export interface Deed {
  readonly planned: PlannedChange;
  readonly outcome: Outcome;
  readonly then: Consequence;
  /** Of the call that carried it out, together with others. */
  readonly durationMs: number;
}

export type PassReport =
  | {
      readonly ok: true;
      readonly at: number;
      readonly durationMs: number;
      readonly decision: Decision;
      readonly deeds: readonly Deed[];
    }
  | {
      readonly ok: false;
      readonly at: number;
      readonly durationMs: number;
      readonly error: EngineError | TeleportError;
    };

/** Never throws for what a remote does; an abort rejects. */
export async function pass(world: World, absences: Absences, signal: AbortSignal): Promise<PassReport> {
  const at = world.clock.now();
  const took = () => world.clock.now() - at;
  try {
    const decision = await decide(world, absences, signal);
    const deeds = await act(world, decision.due, signal);
    return { ok: true, at, durationMs: took(), decision, deeds };
  } catch (error) {
    if (error instanceof EngineError || error instanceof TeleportError) {
      return { ok: false, at, durationMs: took(), error };
    }
    throw error;
  }
}

/** Reads both sides and decides, writing nothing: all of a dry run. */
export async function decide(world: World, absences: Absences, signal: AbortSignal): Promise<Decision> {
  world.pending.beforeList();
  const listed = await world.teleport.list(signal);
  const clones = await world.clones(signal);
  const now = world.clock.now();
  return conclude(world, listed, clones, absences, now);
}

function conclude(
  { policy, pending, queue }: World,
  listed: readonly Resource[],
  clones: readonly Clone[],
  absences: Absences,
  now: number,
): Decision {
  const wanted = desired(clones, policy, now);
  const view = pending.over(listed, now);
  const planned = plan(wanted, view, policy.environment);
  const ruling = guard({
    changes: planned.changes,
    registered: planned.registered,
    empty: wanted.empty,
    announced: queue.announced(now),
    absences,
    now,
  });
  // What is held waits for the guard: its old retry would be due for ever and never made.
  queue.keepOnly(new Set(ruling.allowed.map((it) => it.key)));
  const isDue = (it: PlannedChange) => stageOf(it) === 'mislead' || !queue.isWaiting(it.key, now);
  return {
    clones,
    desired: wanted,
    view,
    plan: planned,
    due: ruling.allowed.filter(isDue),
    held: ruling.held,
    absences: ruling.absences,
  };
}

/** Stage by stage; a registration is retired only if nothing of the same clone failed before. */
async function act(world: World, due: readonly PlannedChange[], signal: AbortSignal): Promise<Deed[]> {
  const deeds: Deed[] = [];
  const failed = new Set<string>();
  for (const stage of STAGES) {
    const changes = due.filter((it) => stageOf(it) === stage && !failed.has(it.key));
    if (changes.length === 0) continue;
    const started = world.clock.now();
    const withdrawals = changes.map((it) => world.pending.record(it.change, started));
    const outcomes = await world.teleport.apply(
      changes.map((it) => it.change),
      signal,
    );
    const durationMs = world.clock.now() - started;
    changes.forEach((planned, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) throw new RangeError('a transport answered fewer outcomes than changes');
      if (!outcome.ok) withdrawals[index]?.();
      const then = consequenceOf(world, planned, outcome);
      if (then !== 'done') failed.add(planned.key);
      deeds.push({ planned, outcome, then, durationMs });
    });
  }
  book(world, deeds, failed);
  return deeds;
}

function consequenceOf({ pending }: World, { change }: PlannedChange, outcome: Outcome): Consequence {
  if (outcome.ok) return 'done';
  return consequence(change.action, outcome.error.code, pending.unseen(subject(change)) !== undefined);
}

/** A key is settled only when all of its changes are. */
function book({ queue, clock }: World, deeds: readonly Deed[], failed: ReadonlySet<string>): void {
  const now = clock.now();
  for (const { planned, outcome, then } of deeds) {
    if (!outcome.ok && then !== 'done') queue.fail(planned.key, outcome.error, then, now, clock.random());
    if (!failed.has(planned.key)) queue.succeed(planned.key, effectOf(planned.change), now);
  }
}
