import { EngineError } from './error.ts';
import type { Place } from './failure.ts';

/*
 * Paths of what is named by people. The Engine takes them as they are and decodes nothing, so ids of
 * snapshots keep their `@`, `:` and `/`; yet no text may name another resource than the one it stands for.
 */

/** Throws an `EngineError` for what can be no id of a snapshot. */
export function snapshotPath(id: string, place: Place): string {
  const isId = /^[\w.:/@+~=,-]+$/.test(id) && id.split('/').every((part) => !/^\.{0,2}$/.test(part));
  if (isId) return `/snapshot/${id}`;
  throw new EngineError(
    'not-found',
    `${JSON.stringify(id)} can be no id of a snapshot at ${place.address}: those look like dblab_pool@snapshot_20260401000000. "dblab snapshot list" shows them.`,
  );
}

/** Throws an `EngineError` for what can be no name of a branch. */
export function branchPath(name: string, place: Place): string {
  if (/^[\w.-]+$/.test(name) && !/^\.{1,2}$/.test(name)) return `/branch/${name}`;
  throw new EngineError(
    'not-found',
    `${JSON.stringify(name)} can be no name of a branch at ${place.address}: it may hold letters, numbers, _ and -. "dblab branch" lists the branches.`,
  );
}
