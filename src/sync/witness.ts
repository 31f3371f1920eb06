import type { TeleportEvent } from '../teleport/event.ts';
import { isOurs } from '../teleport/label.ts';
import { type Resource, reference } from '../teleport/resource.ts';
import { diff } from './diff.ts';
import type { PendingWrites } from './pending.ts';

/** What an event means: nothing to us, the confirmation of a write of ours, or a reason to look. */
export type Meaning = 'nothing' | 'confirmed' | 'news';

/**
 * Tells our own writes from other people's. Teleport tells of every database of the cluster, and of a
 * delete only the name, so the names that matter to us are remembered from the last look: those of our
 * registrations, and those that others hold against us.
 */
export class Witness {
  readonly #environment: string;
  readonly #pending: PendingWrites;
  readonly #known = new Map<string, Resource>();

  constructor(environment: string, pending: PendingWrites) {
    this.#environment = environment;
    this.#pending = pending;
  }

  /** What a look saw, our own writes included; `contested` are the names that others hold against us. */
  saw(view: readonly Resource[], contested: readonly Resource[]): void {
    this.#known.clear();
    for (const resource of view) if (isOurs(resource, this.#environment)) this.#remember(resource);
    for (const resource of contested) this.#remember(resource);
  }

  judge(event: TeleportEvent): Meaning {
    if (event.kind === 'opened') return 'news';
    if (event.kind === 'put') return this.#put(event.resource);
    if (event.kind === 'delete') return this.#deleted({ kind: event.of, name: event.name });
    return 'nothing';
  }

  #put(resource: Resource): Meaning {
    if (this.#pending.unseen(resource) !== undefined) {
      // An older write of ours may show first; the confirming look settles whatever else it is.
      if (!this.#pending.told(resource, resource)) return 'nothing';
      this.#remember(resource);
      return 'confirmed';
    }
    const known = this.#known.get(reference(resource));
    if (known === undefined) return isOurs(resource, this.#environment) ? 'news' : 'nothing';
    return diff(resource, known).length > 0 ? 'news' : 'nothing';
  }

  #deleted(what: Pick<Resource, 'kind' | 'name'>): Meaning {
    if (this.#pending.unseen(what) !== undefined) {
      if (!this.#pending.told(what, undefined)) return 'nothing';
      this.#known.delete(reference(what));
      return 'confirmed';
    }
    return this.#known.has(reference(what)) ? 'news' : 'nothing';
  }

  #remember(resource: Resource): void {
    this.#known.set(reference(resource), resource);
  }
}
