import { type Resource, reference } from '../teleport/resource.ts';
import { type Change, subject } from '../teleport/teleport.ts';
import { diff } from './diff.ts';

/** How long a write may stay invisible before we believe the list instead of our memory. */
const REMEMBERED_MS = 30_000;

export interface Write {
  /** What we left behind: a resource, or nothing after a delete. */
  readonly left: Resource | undefined;
  /** What lists may still show from before it, the oldest first. */
  readonly older: readonly (Resource | undefined)[];
  readonly at: number;
  /** Teleport told that lists show it; one that is under way may have been made before that. */
  readonly isTold?: true;
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
    const olderStill = before === undefined || before.isTold ? [] : before.older;
    this.#writes.set(key, { left: leftBy(change), older: [...olderStill, foundBy(change)], at: now });
    return () => {
      if (before === undefined) this.#writes.delete(key);
      else this.#writes.set(key, before);
    };
  }

  /** The write to this resource that is not known to show yet. */
  unseen(resource: Pick<Resource, 'kind' | 'name'>): Write | undefined {
    const write = this.#writes.get(reference(resource));
    return write?.isTold ? undefined : write;
  }

  /**
   * Teleport told that every list that is asked for from now on shows this or what came after it; returns
   * whether that is our last write to the resource.
   */
  told(resource: Pick<Resource, 'kind' | 'name'>, shown: Resource | undefined): boolean {
    const key = reference(resource);
    const write = this.unseen(resource);
    if (write === undefined) return false;
    const seen = sight(write, shown);
    this.#writes.set(key, seen === 'confirmed' ? { ...write, isTold: true } : seen);
    return seen === 'confirmed';
  }

  /** Whether every write is known to show. */
  get isSettled(): boolean {
    return [...this.#writes.values()].every((write) => write.isTold);
  }

  /** To be called before a list is asked for, which is then laid `over`. */
  beforeList(): void {
    for (const [key, write] of this.#writes) if (write.isTold) this.#writes.delete(key);
  }

  /** The list as it will be once Teleport shows our writes; forgets those it shows already and the old ones. */
  over(actual: readonly Resource[], now: number): Resource[] {
    const view = new Map(actual.map((resource) => [reference(resource), resource]));
    for (const [key, write] of this.#writes) {
      // Either way: the clock may have been set back since.
      const isOld = Math.abs(now - write.at) > REMEMBERED_MS;
      const seen = isOld ? 'confirmed' : sight(write, view.get(key));
      if (seen === 'confirmed') {
        this.#writes.delete(key);
        continue;
      }
      this.#writes.set(key, seen);
      if (write.left === undefined) view.delete(key);
      else view.set(key, write.left);
    }
    return [...view.values()];
  }
}

/**
 * What a look or an event tells of a write. What was there before may look the same as what we left, as after
 * create, delete, create: only what can be neither older state confirms it.
 */
function sight(write: Write, shown: Resource | undefined): Write | 'confirmed' {
  const reached = write.older.findIndex((it) => shows(shown, it));
  if (reached >= 0) return { ...write, older: write.older.slice(reached) };
  return shows(shown, write.left) ? 'confirmed' : write;
}

function foundBy(change: Change): Resource | undefined {
  return change.action === 'create' ? undefined : change.current;
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
