import type { TeleportError } from './error.ts';
import type { Server, TeleportEvent } from './event.ts';
import type { Resource } from './resource.ts';

/**
 * The port to Teleport: two transports and the sandbox's store stand behind it, one contract test holds
 * them alike. It is told what to do and never compares, decides or retries.
 */
export interface Teleport {
  /** By which way Teleport is reached at this moment: `api` or `tctl`. */
  readonly transport: string;
  /**
   * Every database and app that our role may see, whoever made it. Lags behind writes, and is silently
   * filtered by the role: an empty list proves nothing. Throws a `TeleportError`.
   */
  list(signal?: AbortSignal): Promise<Resource[]>;
  /**
   * Carries out the changes and answers one outcome per change, in the same order; a failed change does
   * not stop the others. Changes of one call may run side by side: whoever needs an order calls twice.
   */
  apply(changes: readonly Change[], signal?: AbortSignal): Promise<Outcome[]>;
  /**
   * Tells of changes as they come to show in lists, whoever made them, until the signal is aborted: then it
   * ends. Throws a `TeleportError` when Teleport can be heard no longer; whoever goes on listening asks again
   * and lists anew. Absent where the transport cannot.
   */
  watch?(signal: AbortSignal): AsyncIterable<TeleportEvent>;
  /**
   * The agents that offer databases and apps, one entry for each agent and resource, filtered as lists are.
   * Throws a `TeleportError`. Absent where the transport cannot tell.
   */
  served?(signal?: AbortSignal): Promise<Server[]>;
  /** Ends what is under way; nothing of it is left when this resolves. */
  close(): Promise<void>;
}

/** `create` never overwrites; `update` starts from the source of `current`; `delete` needs only its name. */
export type Change =
  | { readonly action: 'create'; readonly resource: Resource }
  | { readonly action: 'update'; readonly resource: Resource; readonly current: Resource }
  | { readonly action: 'delete'; readonly current: Resource };

export type Outcome = { readonly ok: true } | { readonly ok: false; readonly error: TeleportError };

/** The resource that a change is about. */
export function subject(change: Change): Resource {
  return change.action === 'delete' ? change.current : change.resource;
}
