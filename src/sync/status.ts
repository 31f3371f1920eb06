/** How things stand, as one value that /readyz, the page, metrics and the log read. Pure. */
import type { EngineError } from '../engine/error.ts';
import type { TeleportError } from '../teleport/error.ts';
import { APP_KEY, cloneKey } from './change.ts';
import type { Policy } from './desired.ts';
import type { Decision } from './pass.ts';
import type { Conflict } from './plan.ts';
import type { Failure } from './queue.ts';
import { NO_SERVICE, type Service } from './servers.ts';

export interface Status {
  readonly environment: string;
  readonly transport: string;
  /** The address that agents dial. */
  readonly cloneHost: string;
  /** When the last complete look ended; undefined before the first. */
  readonly lookedAt: number | undefined;
  /** Why the last look failed; undefined when it did not. */
  readonly blindness: { readonly error: EngineError | TeleportError; readonly since: number } | undefined;
  readonly clones: readonly CloneStatus[];
  readonly app: Standing;
  /** Ids of clones that the Engine no longer lists and whose registrations the guard keeps for now. */
  readonly held: readonly string[];
  readonly conflicts: readonly Conflict[];
  readonly failures: readonly Failure[];
  /** Keys that are changed back by somebody each time they are mended. */
  readonly quarrels: readonly string[];
  readonly service: Service;
}

export interface CloneStatus {
  readonly id: string;
  /** The Engine's word. */
  readonly status: string;
  readonly port: number | undefined;
  readonly standing: Standing;
  /** The name in Teleport, where there is one. */
  readonly name: string | undefined;
  /** Whom the clone's own database knows. */
  readonly user: string;
  readonly database: string;
  /** As the Engine says it. */
  readonly createdAt: string | undefined;
  /** Why its registration waits, where something was refused. */
  readonly refusal: string | undefined;
}

/** `disputed`: another ready clone claims the same port, so nobody can say where it leads. */
export type Standing = 'registered' | 'waiting' | 'conflict' | 'disputed' | 'not-offered';

export function starting({ environment, cloneHost }: Policy, transport: string): Status {
  return {
    environment,
    transport,
    cloneHost,
    lookedAt: undefined,
    blindness: undefined,
    clones: [],
    app: 'not-offered',
    held: [],
    conflicts: [],
    failures: [],
    quarrels: [],
    service: NO_SERVICE,
  };
}

/** The status after a complete look. `waiting` are the keys that wait once its changes were carried out. */
export function seen(
  before: Status,
  decision: Decision,
  waiting: Pick<Status, 'failures' | 'quarrels'>,
  now: number,
): Status {
  const { plan, desired } = decision;
  const { failures } = waiting;
  const failed = new Map(failures.map(({ key, error }) => [key, error.message]));
  const contested = new Set(plan.conflicts.map((conflict) => conflict.key));
  const standing = (key: string, isOffered: boolean): Standing => {
    if (contested.has(key)) return 'conflict';
    if (failed.has(key)) return 'waiting';
    return isOffered ? 'registered' : 'not-offered';
  };
  return {
    ...before,
    lookedAt: now,
    blindness: undefined,
    clones: decision.clones.map(({ id, status, port, user, dbName, createdAt }) => {
      const name = plan.names.get(id);
      const isDisputed = name === undefined && port !== undefined && desired.disputedPorts.has(port);
      return {
        id,
        status,
        port,
        name,
        standing: isDisputed ? 'disputed' : standing(cloneKey(id), name !== undefined),
        user,
        database: dbName,
        createdAt,
        refusal: failed.get(cloneKey(id)),
      };
    }),
    app: standing(APP_KEY, desired.app !== undefined),
    held: [...new Set(decision.held.map((it) => it.cloneId ?? ''))],
    conflicts: plan.conflicts,
    ...waiting,
  };
}

/** The status after a look that failed: what was known stays, with the reason why it may be old. */
export function blind(before: Status, error: EngineError | TeleportError, now: number): Status {
  return { ...before, blindness: { error, since: before.blindness?.since ?? now } };
}
