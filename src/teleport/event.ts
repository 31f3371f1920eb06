import type { Resource } from './resource.ts';

/**
 * What Teleport tells while it is watched. It tells of everybody's databases and apps, also of those that
 * the role may neither list nor touch, and a delete tells a name and no labels: whoever listens has to know
 * which names are theirs.
 */
export type TeleportEvent =
  /** From here on nothing is missed; of what was before nothing is told, so list after this. May come again. */
  | { readonly kind: 'opened' }
  /** Lists show this by now: created, or changed by whomever. */
  | { readonly kind: 'put'; readonly resource: Resource }
  | { readonly kind: 'delete'; readonly of: Resource['kind']; readonly name: string }
  | ({ readonly kind: 'serving' } & Server)
  /** Without `hostId`: one of the agents, Teleport does not say which. */
  | {
      readonly kind: 'not-serving';
      readonly of: Resource['kind'];
      readonly name: string;
      readonly hostId?: string;
    };

/** An agent that offers a database or an app to users: without one, a registration leads nowhere. */
export interface Server {
  readonly of: Resource['kind'];
  /** Of the database or app. */
  readonly name: string;
  readonly host: string;
  readonly hostId: string;
  /** `healthy`, `unhealthy`, `unknown` or `mixed`; not told before Teleport 18. */
  readonly health?: string;
  /** Milliseconds since the epoch: the agent is gone when it has not said again by then that it serves. */
  readonly expiresAt?: number;
}
