/**
 * Teleport by way of its own API: one connection to Auth, calls side by side on it, and a stream of events.
 * It promises Teleport's answer to each change, and knows nothing of what was changed before.
 */
import { setMaxListeners } from 'node:events';
import { Code, ConnectError } from '@connectrpc/connect';
import manifest from '../../package.json' with { type: 'json' };
import { follow } from '../lib/abort.ts';
import { applyAll, carryOut } from './api-apply.ts';
import { Calls } from './api-calls.ts';
import { Connection, type ConnectionOptions } from './api-connection.ts';
import { Late } from './api-deadline.ts';
import type { Route } from './api-dial.ts';
import { explainCall } from './api-explain.ts';
import { fromApp, fromDatabase } from './api-message.ts';
import { grantsOfMessage } from './api-role.ts';
import { serverOf } from './api-server.ts';
import type { Session } from './api-session.ts';
import { watchEvents } from './api-watch.ts';
import { TeleportError } from './error.ts';
import type { Server, TeleportEvent } from './event.ts';
import type { Resource } from './resource.ts';
import type { RoleGrants } from './role.ts';
import type { Change, Outcome, Teleport } from './teleport.ts';

export interface ApiOptions extends Omit<ConnectionOptions, 'userAgent'> {
  /** Calls under way at a time; the others wait. */
  readonly maxCalls?: number;
  /** For each call. */
  readonly timeoutMs?: number;
}

export interface ApiTeleport extends Required<Teleport> {
  /** The way by which Auth was reached last; undefined before the first time. */
  readonly route: Route | undefined;
  /** What the identity's roles allow, as they are now. Throws a `TeleportError`. */
  roles(signal?: AbortSignal): Promise<RoleGrants[]>;
}

/** Costs nothing until the first call. An abort rejects, with the signal's reason; so does `close`. */
export function openApi(options: ApiOptions): ApiTeleport {
  const api = new Api(options);
  return {
    transport: 'api',
    get route() {
      return api.connection.route;
    },
    list: (signal) => api.list(signal),
    apply: (changes, signal) => api.apply(changes, signal),
    watch: (signal) => api.watch(signal),
    served: (signal) => api.served(signal),
    roles: (signal) => api.roles(signal),
    close: () => api.connection.close(),
  };
}

/** As many as Teleport gives where nobody asks for a number. */
const PAGE = 1000;
const MOST_PAGES = 100;
const MOST_ROLES = 1000;

class Api {
  readonly connection: Connection;
  readonly #options: ApiOptions & { readonly maxCalls: number; readonly timeoutMs: number };
  readonly #calls: Calls;

  constructor(options: ApiOptions) {
    this.#options = { maxCalls: 32, timeoutMs: 30_000, ...options };
    this.connection = new Connection({ ...options, userAgent: `dblab/${manifest.version}` });
    this.#calls = new Calls(this.#options.maxCalls, this.#options);
  }

  list(signal?: AbortSignal): Promise<Resource[]> {
    return this.#onSession(signal, async (session, either) => {
      const [{ databases }, { apps }] = await Promise.all([
        this.#calls.make(session, (client, options) => client.getDatabases({}, options), { signal: either }),
        this.#calls.make(session, (client, options) => client.getApps({}, options), { signal: either }),
      ]);
      try {
        return [...databases.map(fromDatabase), ...apps.map(fromApp)];
      } catch (error) {
        throw new TeleportError('unknown', `Teleport's list cannot be read: ${String(error)}.`, error);
      }
    });
  }

  async apply(changes: readonly Change[], signal?: AbortSignal): Promise<Outcome[]> {
    if (changes.length === 0) return [];
    try {
      return await this.#onSession(signal, (session, either) =>
        applyAll(changes, this.#options.maxCalls, (change) =>
          this.#calls.make(session, (client, options) => carryOut(client, change, options), {
            signal: either,
            change,
          }),
        ),
      );
    } catch (error) {
      if (!(error instanceof TeleportError)) throw error;
      return changes.map(() => ({ ok: false, error }));
    }
  }

  async *watch(signal: AbortSignal): AsyncGenerator<TeleportEvent, void> {
    while (!signal.aborted) {
      try {
        const session = await this.connection.session(signal);
        yield* this.#hear(session, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  served(signal?: AbortSignal): Promise<Server[]> {
    return this.#onSession(signal, async (session, either) => {
      const kinds = ['db_server', 'app_server'];
      return (await Promise.all(kinds.map((kind) => this.#pages(session, kind, either)))).flat();
    });
  }

  roles(signal?: AbortSignal): Promise<RoleGrants[]> {
    return this.#onSession(signal, (session, either) =>
      this.#calls.make(
        session,
        async (client, options) => {
          const roles: RoleGrants[] = [];
          for await (const role of client.getCurrentUserRoles({}, options)) {
            roles.push(grantsOfMessage(role));
            if (roles.length > MOST_ROLES)
              throw new TeleportError('unknown', "Teleport's list of roles has no end.");
          }
          return roles;
        },
        { signal: either },
      ),
    );
  }

  /** One session for everything that the task does, so that a bad moment costs one attempt to connect. */
  async #onSession<T>(
    signal: AbortSignal | undefined,
    task: (session: Session, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const either = follow(this.connection.closing, signal);
    setMaxListeners(0, either.controller.signal); // each call listens
    try {
      const session = await this.connection.session(either.controller.signal);
      return await task(session, either.controller.signal);
    } finally {
      either.letGo();
    }
  }

  async *#hear(session: Session, signal: AbortSignal): AsyncGenerator<TeleportEvent, void> {
    const { clock, timeoutMs } = this.#options;
    const { controller, letGo } = follow(signal, this.connection.closing, session.retired);
    const opened = new AbortController();
    void clock.sleep(timeoutMs, opened.signal).then(() => {
      if (!opened.signal.aborted) controller.abort(new Late('the stream of events did not open'));
    });
    try {
      for await (const event of watchEvents(session.client, controller.signal)) {
        opened.abort();
        yield event;
      }
      throw new ConnectError('it ended the stream of events', Code.Unavailable);
    } catch (error) {
      if (signal.aborted || session.retired.aborted) return;
      this.connection.closing.throwIfAborted();
      const { reason } = controller.signal;
      throw explainCall(reason ?? error, this.#options, { lost: session.failure });
    } finally {
      opened.abort();
      controller.abort();
      letGo();
    }
  }

  async #pages(session: Session, resourceType: string, signal: AbortSignal): Promise<Server[]> {
    const servers: Server[] = [];
    let startKey = '';
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const request = { resourceType, namespace: 'default', limit: PAGE, startKey };
      const answer = await this.#calls.make(
        session,
        (client, options) => client.listResources(request, options),
        { signal },
      );
      servers.push(...answer.resources.flatMap((it) => serverOf(it) ?? []));
      if (answer.nextKey === '') return servers;
      startKey = answer.nextKey;
    }
    throw new TeleportError('unknown', "Teleport's list of agents has no end.");
  }
}
