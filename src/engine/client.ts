import http from 'node:http';
import https from 'node:https';
import type { z } from 'zod';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { Secret } from '../lib/secret.ts';
import { cloneSchema } from './clone.ts';
import type { CloneRequest, Engine } from './engine.ts';
import { type Answer, type Ask, exchange } from './exchange.ts';
import { noSuchClone, notAnAddress, notUnderstood, type Place, refused } from './failure.ts';
import { instanceSchema } from './instance.ts';
import { noAnswer } from './no-answer.ts';
import { readAnswer } from './read.ts';

/*
 * The HTTP API of a DBLab Engine, as an `Engine`. It promises limits on time and size, and that every
 * failure is an `EngineError` with a sentence for people (failure.ts, no-answer.ts). It knows nothing of Teleport
 * and does not decide when to ask again.
 */

export interface EngineOptions {
  /** http or https; may carry a path prefix, as behind a proxy. */
  readonly url: string;
  readonly token: Secret;
  /** Accepts any certificate. */
  readonly insecure?: boolean;
  /** For a request and its whole answer. */
  readonly timeoutMs?: number;
  /** How the caller's settings for `url` and `token` are called: error messages name them. */
  readonly settings?: { readonly url: string; readonly token: string };
  readonly clock?: Clock;
}

type Order = Pick<Ask, 'method' | 'body'> & { readonly path: string };

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const SERVE_SETTINGS = { url: '--dblab-url', token: 'DBLAB_TOKEN (or --dblab-token-file)' };

/** Opens no connection yet. Throws an `EngineError` when `url` is no http(s) address. */
export function openEngine(options: EngineOptions): Engine {
  const { timeoutMs = 10_000, settings = SERVE_SETTINGS, insecure = false, clock = systemClock } = options;
  const base = baseUrl(options.url, settings.url);
  const prefix = base.pathname.replace(/\/+$/, '');
  const agent = new (base.protocol === 'https:' ? https : http).Agent({ keepAlive: true, maxFreeSockets: 2 });
  const line = { agent, insecure, timeoutMs, maxBytes: MAX_ANSWER_BYTES, clock };
  const place = { address: base.origin + prefix, settings, timeoutMs } satisfies Place;

  async function ask(order: Order, signal: AbortSignal): Promise<Answer> {
    const url = new URL(base);
    url.pathname = prefix + order.path;
    const token = options.token.reveal();
    const answer = await exchange({ ...order, url, token }, line, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw noAnswer(error, name(order), place);
    });
    if (answer.status < 200 || answer.status > 299) throw refused(answer, name(order), place);
    return answer;
  }

  async function read<T>(order: Order, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const reading = readAnswer(await ask(order, signal), schema);
    if ('problem' in reading) throw notUnderstood(reading.problem, name(order), place);
    return reading.value;
  }

  /** Ids of the Engine's own pattern go unchanged; no other text may name another resource. */
  function clonePath(id: string): string {
    if (/^\.{0,2}$/.test(id)) throw noSuchClone(JSON.stringify(id), place);
    return `/clone/${encodeURIComponent(id)}`;
  }

  return {
    look: (signal) => read({ method: 'GET', path: '/status' }, instanceSchema, signal),
    clone: async (id, signal) => read({ method: 'GET', path: clonePath(id) }, cloneSchema, signal),
    createClone: (request, signal) =>
      read({ method: 'POST', path: '/clone', body: createBody(request) }, cloneSchema, signal),
    async destroyClone(id, signal) {
      await ask({ method: 'DELETE', path: clonePath(id) }, signal);
    },
    close: () => agent.destroy(),
  };
}

function baseUrl(text: string, setting: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') throw notAnAddress(setting);
  url.search = '';
  return url;
}

function name(order: Order): string {
  return `${order.method} ${order.path}`;
}

/** Field names as the Engine wants them here (`db_name`; in answers it is `dbName`). */
function createBody(request: CloneRequest): string {
  const { snapshotId } = request;
  const body = {
    id: request.id ?? '',
    protected: request.protected ?? false,
    db: {
      username: request.username,
      password: request.password.reveal(),
      restricted: false,
      db_name: request.dbName ?? '',
    },
    snapshot: snapshotId === undefined ? null : { id: snapshotId },
    extra_conf: {},
    branch: request.branch ?? '',
  };
  return `${JSON.stringify(body)}\n`;
}
