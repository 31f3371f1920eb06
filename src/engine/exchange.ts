import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { follow } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';

/** An HTTP answer, whole and within its limit; what it means is not looked at. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly location: string | undefined;
  readonly text: string;
}

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly token: string;
  readonly body?: string;
}

export interface Line {
  readonly agent: http.Agent;
  readonly insecure: boolean;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly clock: Clock;
}

/** Ends of an exchange that Node has no error of its own for. */
export class ExchangeFault extends Error {
  override readonly name = 'ExchangeFault';
  readonly kind: 'timeout' | 'too-large';

  constructor(kind: 'timeout' | 'too-large') {
    super(kind);
    this.kind = kind;
  }
}

/**
 * Sends one request and reads its answer to the end, within `timeoutMs` for the two together and
 * `maxBytes`. Redirects are not followed: the token would go along. Rejects with the signal's reason,
 * an `ExchangeFault`, or Node's own error.
 */
export async function exchange(ask: Ask, line: Line, signal: AbortSignal): Promise<Answer> {
  const { controller: cut, letGo } = follow(signal);
  const finished = new AbortController();
  let late = false;
  void line.clock.sleep(line.timeoutMs, finished.signal).then(() => {
    if (finished.signal.aborted) return;
    late = true;
    cut.abort();
  });
  try {
    return await sendAndReceive(ask, line, cut.signal);
  } catch (error) {
    signal.throwIfAborted();
    throw late ? new ExchangeFault('timeout') : error;
  } finally {
    letGo();
    finished.abort();
  }
}

async function sendAndReceive(ask: Ask, line: Line, signal: AbortSignal): Promise<Answer> {
  const request = send(ask, line, signal);
  try {
    const [response]: IncomingMessage[] = await once(request, 'response');
    if (response === undefined) throw new Error('no response');
    return await receive(response, line.maxBytes);
  } catch (error) {
    // A kept connection may have been closed by the other side while it lay idle.
    if (request.reusedSocket && isReset(error) && !signal.aborted) return sendAndReceive(ask, line, signal);
    throw error;
  }
}

function send(ask: Ask, line: Line, signal: AbortSignal): http.ClientRequest {
  const request = (ask.url.protocol === 'https:' ? https : http).request(ask.url, {
    method: ask.method,
    // Only reading may be repeated, so only reading may meet a connection that has gone stale.
    agent: ask.method === 'GET' ? line.agent : false,
    headers: {
      // Node writes headers as latin1; the Engine compares bytes.
      'Verification-Token': Buffer.from(ask.token, 'utf8').toString('latin1'),
      Accept: 'application/json',
    },
    rejectUnauthorized: !line.insecure,
    signal,
  } as https.RequestOptions);
  request.on('error', () => {}); // also told to whoever waits; alone it would end the process
  request.end(ask.body);
  return request;
}

async function receive(response: IncomingMessage, maxBytes: number): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new ExchangeFault('too-large');
    chunks.push(chunk);
  }
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    location: response.headers.location,
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
}
