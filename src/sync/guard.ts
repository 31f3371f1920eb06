/**
 * Between plan and deed: a clone that vanishes from the Engine's list takes people's access away, so a
 * suspicious shrink is held until the Engine has said the same three times over a minute, without a longer
 * silence in between. Late, never lost.
 *
 * Counted in clone ids. Not held: what a clone_delete hint named, what leads to another clone's data, and
 * shrinks of at most three clones or a fifth of ours, unless the Engine lists no clone at all.
 */
import type { PlannedChange } from './change.ts';

const FEW = 3;
const SHARE = 1 / 5;
const READINGS = 3;
const OVER_MS = 60_000;
/** What was read before a longer silence, such as that of an Engine that starts anew, counts no more. */
const SILENCE_MS = 60_000;

export interface Absence {
  readonly since: number;
  readonly last: number;
  readonly readings: number;
}

/** For each vanished clone, how often and since when the Engine has left it out. */
export type Absences = ReadonlyMap<string, Absence>;

export interface Suspicion {
  readonly changes: readonly PlannedChange[];
  /** How many clone ids have a registration of ours. */
  readonly registered: number;
  /** The Engine lists no clone at all. */
  readonly empty: boolean;
  /** Clones whose deletion the Engine announced by webhook lately. */
  readonly announced: ReadonlySet<string>;
  readonly absences: Absences;
  readonly now: number;
}

export interface Ruling {
  readonly allowed: readonly PlannedChange[];
  readonly held: readonly PlannedChange[];
  readonly absences: Absences;
}

export function guard({ changes, registered, empty, announced, absences, now }: Suspicion): Ruling {
  const vanished = new Set(
    changes.filter((it) => isUnannounced(it, announced)).map((it) => it.cloneId ?? ''),
  );
  const counted = new Map([...vanished].map((id) => [id, again(absences.get(id), now)]));
  const isPlausible = !empty && vanished.size <= Math.max(FEW, registered * SHARE);
  const isHeld = (it: PlannedChange) =>
    isUnannounced(it, announced) && !isPlausible && !isConfirmed(counted.get(it.cloneId ?? ''), now);
  return {
    allowed: changes.filter((it) => !isHeld(it)),
    held: changes.filter(isHeld),
    absences: counted,
  };
}

function isUnannounced({ reason, cloneId }: PlannedChange, announced: ReadonlySet<string>): boolean {
  return reason === 'gone' && !announced.has(cloneId ?? '');
}

function again(absence: Absence | undefined, now: number): Absence {
  if (absence === undefined || now - absence.last > SILENCE_MS) return { since: now, last: now, readings: 1 };
  return { since: absence.since, last: now, readings: absence.readings + 1 };
}

function isConfirmed(absence: Absence | undefined, now: number): boolean {
  return absence !== undefined && absence.readings >= READINGS && now - absence.since >= OVER_MS;
}
