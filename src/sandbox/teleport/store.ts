import { randomUUID } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import type { Document, Draft, Kind, TeleportVersion } from './document.ts';
import { Leases } from './leases.ts';
import type { Write } from './view.ts';
import { View } from './view.ts';

export type ViewName = 'backend' | 'cache' | 'agents';

/** Milliseconds; each write draws its own delay from the range. */
export interface Lag {
  readonly minMs: number;
  readonly maxMs: number;
}

export type ChangeListener = (write: Write, view: ViewName) => void;

interface StoreOptions {
  readonly clock: Clock;
  readonly version: TeleportVersion;
  readonly cacheLag: Lag;
  readonly agentDelayMs: number;
}

/**
 * The cluster's memory, as three views of one history: the backend (the truth at once), the cache that every
 * list is answered from (late by a random lag), and what agents have noticed (later still). It knows nothing
 * of roles or of rules for documents.
 */
export class Store {
  readonly #options: StoreOptions;
  readonly #views: Record<ViewName, View> = { backend: new View(), cache: new View(), agents: new View() };
  readonly #history: Write[] = [];
  readonly #listeners = new Set<ChangeListener>();
  readonly #leases = new Leases();
  #cacheLag: Lag;
  #agentDelayMs: number;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#cacheLag = options.cacheLag;
    this.#agentDelayMs = options.agentDelayMs;
  }

  /** Creates or replaces; the document gets a new revision. Expiry in the past is accepted: it is gone at once. */
  put(draft: Draft, user: string): void {
    const exists = this.get('backend', draft.kind, draft.metadata.name) !== undefined;
    this.#write(exists ? 'update' : 'create', { ...draft, metadata: this.#stamp(draft) }, user);
    this.settle();
  }

  /** Answers whether there was something to remove. */
  remove(kind: Kind, name: string, user: string): boolean {
    const document = this.get('backend', kind, name);
    if (document === undefined) return false;
    this.#write('delete', document, user);
    this.settle();
    return true;
  }

  get(view: ViewName, kind: Kind, name: string): Document | undefined {
    this.settle();
    return this.#views[view].get(kind, name);
  }

  list(view: ViewName, kind: Kind): readonly Document[] {
    this.settle();
    return this.#views[view].list(kind);
  }

  history(): readonly Write[] {
    this.settle();
    return [...this.#history];
  }

  /** Told of each write when the view shows it. Answers how to stop listening. */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A shorter lag also hastens the writes that are still on their way. */
  setCacheLag(lag: Lag): void {
    this.#cacheLag = lag;
    this.#views.cache.hasten(this.#options.clock.now() + lag.maxMs);
    this.settle();
  }

  setAgentDelay(ms: number): void {
    this.#agentDelayMs = ms;
    this.#views.agents.hasten(this.#options.clock.now() + ms);
    this.settle();
  }

  /** Lets expiries happen and views catch up with the clock. */
  settle(): void {
    const now = this.#options.clock.now();
    for (const document of this.#leases.takeExpired(now)) this.#write('expire', document, 'expiry');
    for (const view of ['cache', 'agents'] as const)
      for (const write of this.#views[view].settle(now)) this.#tell(write, view);
  }

  /** When `settle` will next have something to do. */
  nextDue(): number | undefined {
    const due = [this.#leases.nextDue(), this.#views.cache.nextDue(), this.#views.agents.nextDue()];
    const known = due.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  #write(action: Write['action'], document: Document, user: string): void {
    const { kind } = document;
    const { name } = document.metadata;
    const at = this.#options.clock.now();
    const gone = action === 'delete' || action === 'expire';
    const write: Write = { action, kind, name, user, at, ...(gone ? {} : { document }) };
    this.#leases.follow(write);
    this.#history.push(write);
    this.#views.backend.follow(write, at);
    this.#views.backend.settle(at);
    const shown = this.#views.cache.follow(write, at + this.#drawLag());
    this.#views.agents.follow(write, shown + this.#agentDelayMs);
    this.#tell(write, 'backend');
  }

  #tell(write: Write, view: ViewName): void {
    for (const listener of [...this.#listeners]) listener(write, view);
  }

  #drawLag(): number {
    const { minMs, maxMs } = this.#cacheLag;
    return minMs + this.#options.clock.random() * (maxMs - minMs);
  }

  #stamp(draft: Draft): Document['metadata'] {
    const revision = randomUUID();
    if (this.#options.version === '18.0.0') return { ...draft.metadata, revision };
    // Beyond 2^53, as the real one: a reader that relies on its last digits is wrong.
    return { ...draft.metadata, id: this.#options.clock.now() * 1e6, revision };
  }
}
