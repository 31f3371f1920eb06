/**
 * One HTTP/2 connection to Auth, on which an identity is known. It promises to notice its own end, also
 * when the other side has vanished without a word, and never makes another connection by itself.
 */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { type Client, Code, ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport, type GrpcTransportOptions } from '@connectrpc/connect-node';
import { follow } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { within } from './api-deadline.ts';
import { AUTH_NAME, type Route } from './api-dial.ts';
import { DialError } from './api-dial-error.ts';
import { AuthService } from './gen/auth_pb.ts';

/** A list comes as one message: a hundred thousand databases fit. */
const LARGEST_ANSWER = 256 * 1024 * 1024;
/** Bytes under way at a time; with HTTP/2's 64 KiB a list over a long line would be all waiting. */
const STREAM_WINDOW = 4 * 1024 * 1024;
const CONNECTION_WINDOW = 16 * 1024 * 1024;
/** Auth hangs up on who pings more than once a minute; balancers forget lines idle for some minutes. */
const PING_EVERY_MS = 90_000;
const PONG_WITHIN_MS = 20_000;

export interface SessionFacts {
  readonly route: Route;
  /** PEM of the client certificate, by which sessions are told apart. */
  readonly cert: string;
  readonly userAgent: string;
  readonly clock: Clock;
}

export class Session {
  readonly facts: SessionFacts;
  readonly client: Client<typeof AuthService>;
  readonly #http2: ClientHttp2Session;
  readonly #retired = new AbortController();
  readonly #ended = new AbortController();
  #failure: Error | undefined;

  private constructor(http2: ClientHttp2Session, facts: SessionFacts) {
    this.facts = facts;
    this.#http2 = http2;
    this.client = createClient(AuthService, transport(http2, facts.userAgent));
  }

  /**
   * Resolves once the server has said its first word in HTTP/2. In TLS 1.3 that is also when we know that it
   * did not refuse the client certificate. Rejects with Node's error or the signal's reason.
   */
  static async open(socket: TLSSocket, facts: SessionFacts, signal: AbortSignal): Promise<Session> {
    if (socket.destroyed) throw closed();
    const http2 = connect(`https://${AUTH_NAME}`, {
      createConnection: () => socket,
      settings: { initialWindowSize: STREAM_WINDOW, enablePush: false },
    });
    const session = new Session(http2, facts);
    http2.on('error', (error) => {
      session.#failure ??= error;
    });
    http2.once('close', () => session.#ended.abort(session.#failure ?? closed()));
    await session.#greet(signal);
    http2.setLocalWindowSize(CONNECTION_WINDOW);
    void session.#stayAwake();
    return session;
  }

  /** Whether calls may still begin on it. */
  get isOpen(): boolean {
    return !this.#http2.closed && !this.#http2.destroyed;
  }

  /** Aborted when another session takes its place: calls may finish, streams should move. */
  get retired(): AbortSignal {
    return this.#retired.signal;
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** What ended it, if it was not us. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Begins nothing more and ends when what is under way has ended. */
  retire(): void {
    this.#http2.close();
    this.#retired.abort();
  }

  /** Ends it and all calls on it; resolves when the connection is gone. */
  async destroy(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    const ended = once(this.#ended.signal, 'abort');
    this.#http2.destroy();
    await ended;
  }

  async #greet(signal: AbortSignal): Promise<void> {
    const either = follow(signal, this.ended);
    try {
      await once(this.#http2, 'remoteSettings', { signal: either.controller.signal });
    } catch (error) {
      this.#http2.destroy();
      throw either.controller.signal.aborted ? either.controller.signal.reason : error;
    } finally {
      either.letGo();
    }
  }

  /** A line that was cut silently is found by asking from time to time. */
  async #stayAwake(): Promise<void> {
    const { clock } = this.facts;
    for (;;) {
      await clock.sleep(PING_EVERY_MS, this.ended);
      if (this.ended.aborted) return;
      try {
        await within({ clock, ms: PONG_WITHIN_MS, signal: this.ended }, (signal) => this.#ping(signal));
      } catch (error) {
        this.#http2.destroy(error instanceof Error ? error : undefined);
      }
    }
  }

  async #ping(signal: AbortSignal): Promise<void> {
    const answered = new AbortController();
    this.#http2.ping(() => answered.abort());
    await Promise.race([once(answered.signal, 'abort'), once(signal, 'abort')]);
    signal.throwIfAborted();
  }
}

function closed(): DialError {
  return new DialError('closed', 'the connection was closed');
}

function transport(http2: ClientHttp2Session, userAgent: string) {
  const introduce: Interceptor = (next) => (request) => {
    request.header.set('user-agent', userAgent);
    return next(request);
  };
  return createGrpcTransport({
    baseUrl: `https://${AUTH_NAME}`,
    sessionManager: onlyOn(http2),
    readMaxBytes: LARGEST_ANSWER,
    acceptCompression: [],
    interceptors: [introduce],
  });
}

/** Connect's own manager would dial again by itself, and by one way only. */
function onlyOn(http2: ClientHttp2Session): NonNullable<GrpcTransportOptions['sessionManager']> {
  return {
    authority: `https://${AUTH_NAME}`,
    notifyResponseByteRead() {},
    async request(
      method: string,
      path: string,
      headers: OutgoingHttpHeaders,
      options: object,
    ): Promise<ClientHttp2Stream> {
      if (http2.closed || http2.destroyed) {
        throw new ConnectError('the connection was closed', Code.Unavailable);
      }
      return http2.request({ ...headers, ':method': method, ':path': path }, options);
    },
  };
}
