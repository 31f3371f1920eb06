import { cloneSchema } from './clone.ts';
import { clonePath } from './clone-path.ts';
import type { Engine } from './engine.ts';
import { instanceSchema } from './instance.ts';
import { type EngineOptions, openRequests, type Requests } from './requests.ts';

/*
 * The HTTP API of a DBLab Engine, as an `Engine`. It knows nothing of Teleport and does not decide when to
 * ask again.
 */

/** Opens no connection yet. Throws an `EngineError` when `url` is no http(s) address. */
export function openEngine(options: EngineOptions): Engine {
  return engineOver(openRequests(options));
}

export function engineOver(requests: Requests): Engine {
  const { read, place, close } = requests;
  return {
    look: (signal) => read({ method: 'GET', path: '/status' }, instanceSchema, signal),
    clone: async (id, signal) => read({ method: 'GET', path: clonePath(id, place) }, cloneSchema, signal),
    close,
  };
}
