import http from 'node:http';
import https from 'node:https';
import type { z } from 'zod';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { Secret } from '../lib/secret.ts';
import { type Answer, type Ask, exchange } from './exchange.ts';
import { notAnAddress, notUnderstood, type Place, refused } from './failure.ts';
import { noAnswer } from './no-answer.ts';
import { readAnswer } from './read.ts';

export interface EngineOptions {
  /** http or https; may carry a path prefix, as behind a proxy. */
  readonly url: string;
  readonly token: Secret;
  /** Accepts any certificate. Left out where there is no --insecure to choose it by. */
  readonly insecure?: boolean;
  /** For a request and its whole answer. */
  readonly timeoutMs?: number;
  /** How the caller's settings for `url` and `token` are called: error messages name them. */
  readonly settings?: { readonly url: string; readonly token: string };
  readonly clock?: Clock;
  /** Told of every exchange once it has ended. What it holds may be secret. */
  readonly onExchange?: (seen: Exchange) => void;
}

export interface Exchange {
  readonly order: Order;
  /** Left out where none came. */
  readonly answer?: Answer;
  readonly durationMs: number;
}

/** `path` goes to the Engine as it is: it decodes nothing. */
export type Order = Pick<Ask, 'method' | 'body'> & { readonly path: string; readonly query?: string };

/**
 * Requests to the HTTP API of one DBLab Engine, with limits on time and size. Every failure is an
 * `EngineError` with a sentence for people (failure.ts, no-answer.ts), or the signal's reason once that is
 * aborted. Nothing that changes the Engine is repeated.
 */
export interface Requests {
  readonly place: Place;
  /** The answer, if its status is 2xx. */
  ask(order: Order, signal: AbortSignal): Promise<Answer>;
  /** The JSON of a 2xx answer in the shape of `schema`. */
  read<T>(order: Order, schema: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  /** Lets go of idle connections. */
  close(): void;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const SERVE_SETTINGS = { url: '--dblab-url', token: 'DBLAB_TOKEN (or --dblab-token-file)' };

/** Opens no connection yet. Throws an `EngineError` when `url` is no http(s) address. */
export function openRequests(options: EngineOptions): Requests {
  const { timeoutMs = 10_000, settings = SERVE_SETTINGS, insecure = false, clock = systemClock } = options;
  const base = baseUrl(options.url, settings.url);
  const prefix = base.pathname.replace(/\/+$/, '');
  const agent = new (base.protocol === 'https:' ? https : http).Agent({ keepAlive: true, maxFreeSockets: 2 });
  const line = { agent, insecure, timeoutMs, maxBytes: MAX_ANSWER_BYTES, clock };
  const hasInsecure = options.insecure !== undefined;
  const place = { address: base.origin + prefix, settings, timeoutMs, hasInsecure } satisfies Place;

  async function ask(order: Order, signal: AbortSignal): Promise<Answer> {
    const url = new URL(base);
    url.pathname = prefix + order.path;
    url.search = order.query ?? '';
    const token = options.token.reveal();
    const start = clock.now();
    const seen = (answer?: Answer) =>
      options.onExchange?.({ order, durationMs: clock.now() - start, ...(answer && { answer }) });
    const answer = await exchange({ ...order, url, token }, line, signal).catch((error: unknown) => {
      seen();
      signal.throwIfAborted();
      throw noAnswer(error, name(order), place);
    });
    seen(answer);
    if (answer.status < 200 || answer.status > 299) throw refused(answer, name(order), place);
    return answer;
  }

  return {
    place,
    ask,
    async read(order, schema, signal) {
      const reading = readAnswer(await ask(order, signal), schema);
      if ('problem' in reading) throw notUnderstood(reading.problem, name(order), place);
      return reading.value;
    },
    close: () => agent.destroy(),
  };
}

function baseUrl(text: string, setting: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') throw notAnAddress(setting);
  return url;
}

function name(order: Order): string {
  return `${order.method} ${order.path}`;
}
