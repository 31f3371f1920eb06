import { noSuchClone, type Place } from './failure.ts';

/**
 * Ids of the Engine's own pattern go unchanged; no other text may name another resource. Throws an
 * `EngineError` for what can be no id.
 */
export function clonePath(id: string, place: Place): string {
  if (/^\.{0,2}$/.test(id)) throw noSuchClone(JSON.stringify(id), place);
  return `/clone/${encodeURIComponent(id)}`;
}
