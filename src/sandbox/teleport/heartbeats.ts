import type { Agent, Served } from './agent.ts';
import { serves } from './agent.ts';
import type { Document, Kind } from './document.ts';
import type { Store } from './store.ts';

/** An agent began to serve a document, or serves it anew after a change; or it no longer does. */
export interface Heartbeat {
  readonly action: 'put' | 'delete';
  /** The agent and what it serves; of a document that is gone, what it was last. */
  readonly served: Served;
}

export type HeartbeatListener = (heartbeat: Heartbeat) => void;

const KINDS: readonly Kind[] = ['db', 'app'];

/** Follows what the agents serve, and tells when that changes: a real agent says so within about a second. */
export class Heartbeats {
  readonly #store: Store;
  readonly #agents: ReadonlyMap<string, Agent>;
  readonly #listeners = new Set<HeartbeatListener>();
  /** By document, then by host id. */
  readonly #served = new Map<string, Map<string, Served>>();

  constructor(store: Store, agents: ReadonlyMap<string, Agent>) {
    this.#store = store;
    this.#agents = agents;
    store.onChange(({ kind, name, document }, view) => {
      if (view === 'agents') this.#refresh(`${kind}/${name}`, document);
    });
  }

  /** Answers how to stop listening. */
  onChange(listener: HeartbeatListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** To be told when agents came, went or changed. */
  agentsChanged(): void {
    for (const kind of KINDS)
      for (const document of this.#store.list('agents', kind))
        this.#refresh(`${kind}/${document.metadata.name}`, document);
  }

  #refresh(key: string, document: Document | undefined): void {
    const before = this.#served.get(key) ?? new Map<string, Served>();
    const after = document === undefined ? new Map<string, Served>() : this.#serve(document);
    if (after.size === 0) this.#served.delete(key);
    else this.#served.set(key, after);
    for (const [hostId, served] of before) if (!after.has(hostId)) this.#tell({ action: 'delete', served });
    for (const [hostId, served] of after)
      if (!isSame(before.get(hostId), served)) this.#tell({ action: 'put', served });
  }

  #serve(document: Document): Map<string, Served> {
    const agents = [...this.#agents.values()].filter((agent) => serves(agent, document));
    return new Map(agents.map((agent) => [agent.hostId, { agent, document }]));
  }

  #tell(heartbeat: Heartbeat): void {
    for (const listener of [...this.#listeners]) listener(heartbeat);
  }
}

function isSame(before: Served | undefined, after: Served): boolean {
  return before?.agent === after.agent && before.document === after.document;
}
