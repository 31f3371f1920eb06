import { Administration, type Directory } from './administration.ts';
import type { Agent, DatabaseServer, Served, ServerKind } from './agent.ts';
import { servedBy } from './agent.ts';
import type { Document, Draft, Kind, TeleportVersion } from './document.ts';
import { withOrigin } from './document.ts';
import { Refusal } from './refusal.ts';
import type { Role } from './role.ts';
import { mayDo, maySee } from './role.ts';
import type { Store } from './store.ts';
import * as words from './words.ts';

/** What a cluster consists of, as far as the stand-in goes. */
export interface Cluster extends Directory {
  readonly version: TeleportVersion;
  readonly store: Store;
  readonly agents: Map<string, Agent>;
  readonly counters: Counters;
}

/** How often the cluster was asked, since it began. */
export interface Counters {
  lists: number;
  /** Creates, updates and removes that were asked for, refused ones as well. */
  writes: number;
  tctlRuns: number;
  /** The most tctl runs that were under way at one time. */
  tctlAtOnce: number;
  /** Connections to Auth whose certificate was accepted, and those that showed none. */
  grpcConnections: number;
  /** Calls of every method but WatchEvents. */
  grpcCalls: number;
  /** The most of those calls that were under way at one time. */
  grpcAtOnce: number;
  /** Calls of WatchEvents. */
  watches: number;
}

export function noCounts(): Counters {
  return {
    lists: 0,
    writes: 0,
    tctlRuns: 0,
    tctlAtOnce: 0,
    grpcConnections: 0,
    grpcCalls: 0,
    grpcAtOnce: 0,
    watches: 0,
  };
}

/** Who asks: what the certificate says. What the roles allow is looked up anew at each call. */
export interface User {
  readonly name: string;
  readonly roles: readonly string[];
}

/** Who shows no certificate. Nothing is allowed, not even what every user may do. */
export const NOBODY: User = { name: 'Nop', roles: [] };

/**
 * Teleport's Auth service as one user meets it. Lists and the look before an update or a removal go to the
 * cache; a create goes straight to the backend, and so does the second half of an update or a removal.
 * Every method throws a `Refusal`.
 */
export class Session {
  readonly #cluster: Cluster;
  readonly #user: User;
  readonly administration: Administration;

  constructor(cluster: Cluster, user: User) {
    this.#cluster = cluster;
    this.#user = user;
    this.administration = new Administration(cluster, (verb, resource) => this.demand(verb, resource));
  }

  /** What the role may not see is left out without a word. */
  list(kind: Kind): Document[] {
    this.#cluster.counters.lists += 1;
    for (const verb of ['list', 'read']) this.demand(verb, kind);
    const roles = this.#roles();
    return this.#cluster.store.list('cache', kind).filter((document) => maySee(roles, document));
  }

  /** Unlike a list, this tells that something is there that the role may not see. */
  get(kind: Kind, name: string): Document {
    this.demand('read', kind);
    return this.#visible(kind, name);
  }

  databaseServers(): DatabaseServer[] {
    return this.servers('db_server').map(({ agent, document }) => ({ agent, database: document }));
  }

  servers(kind: ServerKind): Served[] {
    this.#cluster.counters.lists += 1;
    this.demand('list', kind);
    const roles = this.#roles();
    const visible = this.#cluster.store
      .list('agents', kind === 'db_server' ? 'db' : 'app')
      .filter((document) => maySee(roles, document));
    return servedBy([...this.#cluster.agents.values()], visible);
  }

  agents(): Agent[] {
    this.#cluster.counters.lists += 1;
    this.demand('list', 'db_service');
    return [...this.#cluster.agents.values()];
  }

  create(draft: Draft): void {
    const { kind, metadata } = draft;
    this.#cluster.counters.writes += 1;
    this.demand('create', kind);
    this.#demandLabels(draft);
    if (this.#cluster.store.get('backend', kind, metadata.name))
      throw new Refusal('exists', words.exists(kind, metadata.name));
    this.#cluster.store.put(withOrigin(draft), this.#user.name);
  }

  /** Replaces the whole document, whatever its revision. */
  update(draft: Draft): void {
    const { kind, metadata } = draft;
    this.#cluster.counters.writes += 1;
    this.demand('update', kind);
    this.#visible(kind, metadata.name);
    this.#demandLabels(draft);
    if (!this.#cluster.store.get('backend', kind, metadata.name))
      throw new Refusal('not-found', words.goneOnUpdate(this.#cluster.version, kind, metadata.name));
    this.#cluster.store.put(withOrigin(draft), this.#user.name);
  }

  remove(kind: Kind, name: string): void {
    this.#cluster.counters.writes += 1;
    this.demand('delete', kind);
    this.#visible(kind, name);
    if (!this.#cluster.store.remove(kind, name, this.#user.name))
      throw new Refusal('not-found', words.goneOnRemove(this.#cluster.version, kind, name));
  }

  /** Those of the certificate that the cluster knows. */
  roles(): { readonly name: string; readonly role: Role }[] {
    return this.#user.roles.flatMap((name) => {
      const role = this.#cluster.roles.get(name);
      return role === undefined ? [] : [{ name, role }];
    });
  }

  /** Throws where no role has the verb for the kind of resource, whatever its labels. */
  demand(verb: string, resource: string): void {
    if (this.#user === NOBODY || !mayDo(this.#roles(), verb, resource))
      throw new Refusal('denied', words.ruleDenied(verb, resource));
  }

  #visible(kind: Kind, name: string): Document {
    const document = this.#cluster.store.get('cache', kind, name);
    if (!document) throw new Refusal('not-found', words.notCached(this.#cluster.version, kind, name));
    this.#demandLabels(document);
    return document;
  }

  #demandLabels(document: Pick<Document, 'kind'> & Pick<Draft, 'metadata'>): void {
    if (!maySee(this.#roles(), document)) throw new Refusal('denied', words.labelsDenied(document.kind));
  }

  #roles(): Role[] {
    return this.roles().map(({ role }) => role);
  }
}
