/**
 * Keeps one session with Auth: opens it when it is wanted, by the way that works, and again with the new
 * identity when the file holds one. It promises a session or one sentence that says why there is none, and
 * tries once each time it is asked: how often to ask is for the caller to say.
 */
import { parseAddress } from '../lib/address.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { within } from './api-deadline.ts';
import { dial, ROUTES, type Route } from './api-dial.ts';
import { type DialError, dialError } from './api-dial-error.ts';
import { type Attempt, explainDial } from './api-explain-dial.ts';
import { Session } from './api-session.ts';
import { askProxy, type WebAddress } from './api-web.ts';
import { TeleportError } from './error.ts';
import { expired } from './explain.ts';
import type { Identity } from './identity.ts';
import { identityReader } from './identity-file.ts';

export interface ConnectionOptions {
  /** `host:port` of the proxy, or of Auth. */
  readonly proxy: string;
  readonly identityFile: string;
  /** Trusted for the proxy's web certificate besides the system's roots. */
  readonly caFile?: string | undefined;
  readonly route?: Route | 'auto';
  readonly userAgent: string;
  readonly clock: Clock;
  readonly log: Log;
}

const DIAL_WITHIN_MS = 10_000;
const HALF_WRITTEN_MS = 200;
/** After one of these no other way leads any further. */
const FINAL: readonly DialError['kind'][] = ['network', 'timeout', 'identity-expired', 'identity-refused'];

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #identity: () => Promise<Identity>;
  readonly #closing = new AbortController();
  readonly #sessions = new Set<Session>();
  #current: Session | undefined;
  #dialing: Promise<Session> | undefined;
  #route: Route | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#identity = identityReader(options.identityFile);
  }

  /** The way of the last session that was opened. */
  get route(): Route | undefined {
    return this.#route;
  }

  /** Aborted by `close`. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * A session with the identity that the file holds now. Rejects with a `TeleportError`, or with the reason
   * of the signal or of the end; an abort stops the waiting, not the dialling, on which others may wait.
   */
  async session(signal?: AbortSignal): Promise<Session> {
    for (;;) {
      const identity = await this.#validIdentity();
      signal?.throwIfAborted();
      this.closing.throwIfAborted();
      if (this.#current?.isOpen && this.#current.facts.cert === identity.cert) return this.#current;
      this.#dialing ??= this.#open(identity).finally(() => {
        this.#dialing = undefined;
      });
      const session = await unlessAborted(this.#dialing, signal);
      if (session.facts.cert === identity.cert) return session;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new DOMException('The connection to Teleport was closed.', 'AbortError'));
    await this.#dialing?.catch(() => {});
    await Promise.all([...this.#sessions].map((session) => session.destroy()));
  }

  /** Finds out without a connection what Auth would complain about. */
  async #validIdentity(): Promise<Identity> {
    const { identityFile, clock } = this.#options;
    const identity = await this.#wholeIdentity();
    if (identity.expiresAt > clock.now()) return identity;
    throw new TeleportError('identity-expired', expired(identityFile, new Date(identity.expiresAt)));
  }

  /** tbot writes in place: what is half a file now may be a whole one in a moment. */
  async #wholeIdentity(): Promise<Identity> {
    try {
      return await this.#identity();
    } catch (error) {
      if (!(error instanceof TeleportError && error.code === 'identity-invalid')) throw error;
      await this.#options.clock.sleep(HALF_WRITTEN_MS, this.closing);
      return this.#identity();
    }
  }

  async #open(identity: Identity): Promise<Session> {
    const attempts: Attempt[] = [];
    for (const route of this.#routes()) {
      try {
        return this.#adopt(await this.#try(route, identity));
      } catch (error) {
        this.closing.throwIfAborted();
        if (error instanceof TeleportError) throw error;
        const attempt = { route, error: dialError(error) };
        attempts.push(attempt);
        if (FINAL.includes(attempt.error.kind)) break;
      }
    }
    throw await this.#explain(attempts, identity);
  }

  /** What worked last comes first. */
  #routes(): Route[] {
    const { route = 'auto' } = this.#options;
    if (route !== 'auto') return [route];
    const last = this.#route;
    return last === undefined ? [...ROUTES] : [last, ...ROUTES.filter((it) => it !== last)];
  }

  async #try(route: Route, identity: Identity): Promise<Session> {
    const { clock, userAgent } = this.#options;
    const patience = { clock, ms: DIAL_WITHIN_MS, signal: this.closing };
    return within(patience, async (signal) => {
      const socket = await dial(route, this.#address, identity, signal);
      return Session.open(socket, { route, cert: identity.cert, userAgent, clock }, signal);
    });
  }

  #adopt(session: Session): Session {
    const { route } = session.facts;
    const level = this.#route === route ? 'debug' : 'info';
    this.#options.log[level](
      { route, proxy: this.#options.proxy },
      `Connected to Teleport's API ${WAYS[route]}.`,
    );
    this.#route = route;
    this.#sessions.add(session);
    session.ended.addEventListener('abort', () => this.#sessions.delete(session), { once: true });
    this.#current?.retire();
    this.#current = session;
    return session;
  }

  async #explain(attempts: readonly Attempt[], identity: Identity): Promise<TeleportError> {
    const { clock, proxy, identityFile, caFile } = this.#options;
    const settings = { proxy, identityFile, caFile, cluster: identity.cluster };
    const isFinal = attempts.some(({ error }) => FINAL.includes(error.kind));
    if (isFinal) return explainDial(attempts, undefined, settings);
    const patience = { clock, ms: DIAL_WITHIN_MS, signal: this.closing };
    const facts = await within(patience, (signal) => askProxy(this.#address, signal)).catch((error) => {
      this.closing.throwIfAborted();
      if (error instanceof TeleportError) throw error;
      return dialError(error);
    });
    return explainDial(attempts, facts, settings);
  }

  get #address(): WebAddress {
    const { proxy, caFile } = this.#options;
    const address = parseAddress(proxy);
    if (address.ok) return { ...address.value, caFile };
    throw new TeleportError('unreachable', `${proxy} (--teleport-proxy) is no address: ${address.reason}.`);
  }
}

const WAYS: Readonly<Record<Route, string>> = {
  'tls-routing': 'by TLS routing',
  direct: 'directly',
  upgrade: 'by a connection upgrade, because something before the proxy ends TLS',
};

async function unlessAborted<T>(task: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return task;
  const done = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: done.signal });
  });
  try {
    return await Promise.race([task, aborted]);
  } finally {
    done.abort();
  }
}
