import { type Resource, reference } from '../teleport/resource.ts';
import { type Change, subject } from '../teleport/teleport.ts';
import { diff } from './diff.ts';

/** How long a write may stay invisible before we believe the list instead of our memory. */
const REMEMBERED_MS = 30_000;

export interface Write {
  /** What we left behind: a resource, or nothing after a delete. */
  readonly left: Resource | undefined;
  readonly at: number;
}

/**
 * Our own writes that lists cannot show yet. Teleport answers reads from a cache that lags behind by a
 * second or more, so a plan made from a bare list would repeat every create and miss what was just made
 * and has to go again.
 */
export class PendingWrites {
  readonly #writes = new Map<string, Write>();

  /**
   * Remembers a change as made at `now`: before it is asked for, because Teleport may tell of it before it
   * answers. What is returned takes that back, for a change that was refused.
   */
  record(change: Change, now: number): () => void {
    const key = reference(subject(change));
    const before = this.#writes.get(key);
    const left = leftBy(change);
    this.#writes.set(key, { left, at: now });
    return () => {
      if (before === undefined) this.#writes.delete(key);
      else this.#writes.set(key, before);
    };
  }

  /** Whether a write to this resource is younger than what a list can be trusted to show. */
  covers(resource: Resource): boolean {
    return this.#writes.has(reference(resource));
  }

  /** The write that is not known to show yet, by reference. */
  write(key: string): Write | undefined {
    return this.#writes.get(key);
  }

  /** Teleport itself told that the write shows. */
  confirm(key: string): void {
    this.#writes.delete(key);
  }

  get isEmpty(): boolean {
    return this.#writes.size === 0;
  }

  /** The list as it will be once Teleport shows our writes; forgets those it shows already and the old ones. */
  over(actual: readonly Resource[], now: number): Resource[] {
    const view = new Map(actual.map((resource) => [reference(resource), resource]));
    for (const [key, write] of this.#writes) {
      // Either way: the clock may have been set back since.
      const isOld = Math.abs(now - write.at) > REMEMBERED_MS;
      if (isOld || shows(view.get(key), write.left)) this.#writes.delete(key);
      else if (write.left === undefined) view.delete(key);
      else view.set(key, write.left);
    }
    return [...view.values()];
  }
}

/** After an update the fields that are not ours are still those that were read before it. */
function leftBy(change: Change): Resource | undefined {
  if (change.action === 'delete') return undefined;
  if (change.action === 'create') return change.resource;
  return { ...change.resource, source: change.current.source };
}

function shows(listed: Resource | undefined, left: Resource | undefined): boolean {
  if (listed === undefined || left === undefined) return listed === left;
  return diff(listed, left).length === 0;
}
