import { cloneSchema } from './clone.ts';
import { clonePath } from './clone-path.ts';
import type { CloneRequest, Engine } from './engine.ts';
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
  const { ask, read, place, close } = requests;
  return {
    look: (signal) => read({ method: 'GET', path: '/status' }, instanceSchema, signal),
    clone: async (id, signal) => read({ method: 'GET', path: clonePath(id, place) }, cloneSchema, signal),
    createClone: (request, signal) =>
      read({ method: 'POST', path: '/clone', body: createBody(request) }, cloneSchema, signal),
    async destroyClone(id, signal) {
      await ask({ method: 'DELETE', path: clonePath(id, place) }, signal);
    },
    close,
  };
}

/** Field names as the Engine wants them here (`db_name`; in answers it is `dbName`). */
function createBody(request: CloneRequest): string {
  const { snapshotId } = request;
  const body = {
    id: request.id ?? '',
    protected: request.protected ?? false,
    db: {
      username: request.username,
      password: request.password.reveal(),
      restricted: false,
      db_name: request.dbName ?? '',
    },
    snapshot: snapshotId === undefined ? null : { id: snapshotId },
    extra_conf: {},
    branch: request.branch ?? '',
  };
  return `${JSON.stringify(body)}\n`;
}
