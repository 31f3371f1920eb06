import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import type { Secret } from '../../lib/secret.ts';
import { type Answer, html, refusalAnswer } from './answer.ts';
import type { Faults } from './faults.ts';
import { internalError, unauthorized } from './refusal.ts';
import type { ApiRequest } from './route.ts';

export interface ListenerOptions {
  readonly host: string;
  /** 0: any, chosen at the first start and kept. */
  readonly port: number;
  /** Empty: every request is allowed. */
  readonly token: Secret;
  /** Takes the owner of a clone from `X-Forwarded-User-Email`, where there is a token. */
  readonly bindClonesToUser: boolean;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly answer: (request: ApiRequest) => Answer;
}

/** The HTTP side of the stand-in Engine, with its faults. */
export interface Listener {
  port(): number;
  start(): Promise<void>;
  /** Closes the port and cuts every connection. */
  stop(): Promise<void>;
}

const MAX_BODY_BYTES = 1024 * 1024;

export function createListener(options: ListenerOptions): Listener {
  const { faults, token } = options;
  let port = options.port;
  let server: http.Server | undefined;
  let stopping = new AbortController();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const mode = faults.answers;
    if (mode === 'hang') return;
    if (typeof mode === 'object') await options.clock.sleep(mode.slowMs, stopping.signal);
    const apiRequest = { ...(await bodyOf(request)), ...accessOf(request) };
    write(response, broken(mode) ?? options.answer(apiRequest), mode === 'cut-off');
  }

  function accessOf({ method = '', url = '/', headers }: IncomingMessage) {
    const given = String(headers['verification-token'] ?? '');
    const email = String(headers['x-forwarded-user-email'] ?? '');
    return {
      method,
      path: url.replace(/\?.*$/s, ''),
      query: new URLSearchParams(url.replace(/^[^?]*/s, '')),
      authorized: token.reveal() === '' || token.matches(Buffer.from(given, 'latin1').toString('utf8')),
      owner: options.bindClonesToUser && token.reveal() !== '' ? email : '',
    };
  }

  return {
    port: () => port,
    async start() {
      if (server !== undefined) return;
      stopping = new AbortController();
      const started = http.createServer((request, response) => {
        handle(request, response).catch(() => response.destroy());
      });
      started.listen(port, options.host);
      await once(started, 'listening');
      port = (started.address() as AddressInfo).port;
      server = started;
    },
    async stop() {
      const stopped = server;
      server = undefined;
      stopping.abort();
      if (stopped === undefined) return;
      stopped.close();
      stopped.closeAllConnections();
      await once(stopped, 'close');
    },
  };
}

/** What a fault answers instead, before the API is asked. */
function broken(mode: Faults['answers']): Answer | undefined {
  if (mode === 'error-500') return refusalAnswer(internalError('internal error'));
  if (mode === 'unauthorized') return refusalAnswer(unauthorized());
  if (mode === 'html') return html('<!doctype html><title>Welcome</title><h1>It works</h1>\n');
  return undefined;
}

function write(response: ServerResponse, { status, headers, body }: Answer, cutOff: boolean): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'Content-Length': bytes.length });
  if (!cutOff) response.end(bytes);
  else response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

async function bodyOf(request: IncomingMessage): Promise<{ body: string }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error('request body too large');
    chunks.push(chunk);
  }
  return { body: Buffer.concat(chunks).toString('utf8') };
}
