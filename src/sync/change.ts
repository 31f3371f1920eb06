import { type Change, subject } from '../teleport/teleport.ts';
import type { FieldDiff } from './diff.ts';

/** A change with what people and policies want to know about it. */
export interface PlannedChange {
  /** What the change is about, for de-duplication and backoff: `clone/ID` or `app`. */
  readonly key: string;
  readonly cloneId: string | undefined;
  readonly change: Change;
  readonly reason: Reason;
  readonly diff: readonly FieldDiff[];
}

/** Why a change is planned; `port-taken`: it leads to another clone's data, `lease`: time to renew it. */
export type Reason = 'new' | 'drift' | 'lease' | 'gone' | 'moved' | 'duplicate' | 'port-taken' | 'not-wanted';

/** The order in which changes are safe: first what misleads people, then what is missing, then what is too much. */
export const STAGES = ['mislead', 'offer', 'retire'] as const;
export type Stage = (typeof STAGES)[number];

export const APP_KEY = 'app';

export function cloneKey(cloneId: string): string {
  return `clone/${cloneId}`;
}

export function planned(
  change: Change,
  reason: Reason,
  cloneId: string | undefined,
  diff: readonly FieldDiff[] = [],
): PlannedChange {
  return { key: cloneId === undefined ? APP_KEY : cloneKey(cloneId), cloneId, change, reason, diff };
}

export function stageOf({ reason, change }: PlannedChange): Stage {
  if (reason === 'port-taken') return 'mislead';
  return change.action === 'delete' ? 'retire' : 'offer';
}

/** What a change leaves behind, to tell a repetition by; not when it expires, which moves on by itself. */
export function effectOf(change: Change): string {
  const left = change.action === 'delete' ? undefined : { ...change.resource, expires: undefined };
  return JSON.stringify([change.action, subject(change), left]);
}

/** Databases before apps within a stage: an app that the role denies then holds up no database. */
export function inOrder(a: PlannedChange, b: PlannedChange): number {
  const rank = (it: PlannedChange) => STAGES.indexOf(stageOf(it)) * 2 + Number(it.key === APP_KEY);
  return (
    rank(a) - rank(b) || compare(a.key, b.key) || compare(subject(a.change).name, subject(b.change).name)
  );
}

/** By code unit, so that the order is the same in every locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
