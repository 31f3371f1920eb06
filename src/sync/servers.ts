import type { Server, TeleportEvent } from '../teleport/event.ts';
import { reference } from '../teleport/resource.ts';

/** What agents do for our registrations, as far as Teleport tells. */
export interface Service {
  /** False where no transport has told of agents: then nothing can be said about who is served. */
  readonly isKnown: boolean;
  /** By registration name. */
  readonly servers: ReadonlyMap<string, readonly Server[]>;
  /** Names of registrations that no agent has taken up in time. */
  readonly unserved: readonly string[];
}

export const NO_SERVICE: Service = { isKnown: false, servers: new Map(), unserved: [] };

/** An agent takes up a new database within a second or two. */
const TAKEN_UP_MS = 30_000;

/** Which agents offer which registration. */
export class Servers {
  readonly #byReference = new Map<string, Map<string, Server>>();
  readonly #registeredAt = new Map<string, number>();
  #isKnown = false;

  /** All there are; whatever was known before is forgotten. */
  reset(servers: readonly Server[]): void {
    this.#byReference.clear();
    this.#isKnown = true;
    for (const server of servers) this.#add(server);
  }

  told(event: TeleportEvent): void {
    if (event.kind === 'serving') this.#add(event);
    if (event.kind !== 'not-serving') return;
    const key = reference({ kind: event.of, name: event.name });
    if (event.hostId === undefined) this.#byReference.delete(key);
    else this.#byReference.get(key)?.delete(event.hostId);
  }

  /** The names of all our database registrations, as of `now`. */
  registered(names: Iterable<string>, now: number): void {
    const current = new Set(names);
    for (const name of this.#registeredAt.keys()) if (!current.has(name)) this.#registeredAt.delete(name);
    for (const name of current) if (!this.#registeredAt.has(name)) this.#registeredAt.set(name, now);
  }

  report(now: number): Service {
    if (!this.#isKnown) return NO_SERVICE;
    const servers = new Map([...this.#registeredAt.keys()].map((name) => [name, this.#of(name, now)]));
    const unserved = [...this.#registeredAt].flatMap(([name, since]) =>
      now - since >= TAKEN_UP_MS && servers.get(name)?.length === 0 ? [name] : [],
    );
    return { isKnown: true, servers, unserved };
  }

  /** An agent that has not said again in time that it serves is gone. */
  #of(name: string, now: number): Server[] {
    const servers = [...(this.#byReference.get(reference({ kind: 'db', name }))?.values() ?? [])];
    return servers.filter((server) => server.expiresAt === undefined || server.expiresAt > now);
  }

  #add(server: Server): void {
    const key = reference({ kind: server.of, name: server.name });
    const known = this.#byReference.get(key) ?? new Map<string, Server>();
    this.#byReference.set(key, known.set(server.hostId, server));
  }
}
