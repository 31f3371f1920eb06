/**
 * The connection upgrade: where a load balancer ends TLS, ALPN does not get through to the proxy, and the
 * proxy offers a stream of bytes over a WebSocket instead. It promises such a stream and knows nothing of
 * what is said over it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { Duplex } from 'node:stream';
import { DialError } from './api-dial-error.ts';
import { encodeFrame, type Frame, FrameReader } from './api-frames.ts';
import { type WebAddress, webTls } from './api-web.ts';

const PATH = '/webapi/connectionupgrade';
/** The proxy pings every 30 s, so that no balancer finds the connection idle. */
const PROTOCOL = 'alpn-ping';
/** Given by RFC 6455. */
const ACCEPT_SALT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Rejects with a `DialError`, with Node's error, or with the signal's reason. */
export async function openTunnel(address: WebAddress, signal: AbortSignal): Promise<Duplex> {
  const key = randomBytes(16).toString('base64');
  const asked = request({
    ...(await webTls(address)),
    path: PATH,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Protocol': PROTOCOL,
      'Sec-WebSocket-Key': key,
    },
    signal,
  });
  asked.on('error', () => {}); // also told to whoever waits; alone it would end the process
  asked.end();
  const { response, socket, head } = await answerTo(asked);
  if (!isAccepted(response, key)) {
    socket?.destroy();
    throw new DialError('no-upgrade', `it answered GET ${PATH} with HTTP ${response.statusCode}`);
  }
  if (socket === undefined) throw new DialError('no-upgrade', 'it accepted the upgrade and did not carry on');
  return new Tunnel(socket, head);
}

interface Answer {
  readonly response: IncomingMessage;
  readonly socket?: Duplex;
  readonly head: Buffer;
}

async function answerTo(asked: ClientRequest): Promise<Answer> {
  const upgraded = once(asked, 'upgrade').then(([response, socket, head]) => ({ response, socket, head }));
  const answered = once(asked, 'response').then(([response]) => {
    response.destroy();
    return { response, head: Buffer.alloc(0) };
  });
  upgraded.catch(() => {});
  answered.catch(() => {});
  return Promise.race([upgraded, answered]);
}

function isAccepted({ statusCode, headers }: IncomingMessage, key: string): boolean {
  const accept = createHash('sha1')
    .update(key + ACCEPT_SALT)
    .digest('base64');
  return (
    statusCode === 101 &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-protocol'] === PROTOCOL &&
    headers['sec-websocket-accept'] === accept
  );
}

class Tunnel extends Duplex {
  readonly #socket: Duplex;
  readonly #reader = new FrameReader({ peer: 'server' });

  constructor(socket: Duplex, head: Buffer) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.on('error', () => {}); // told to whoever uses it; alone it would end the process
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.once('end', () => this.push(null));
    socket.once('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
    if (head.length > 0) this.#receive(head);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send('data', chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#send('close', Buffer.alloc(0), done);
    this.#socket.end();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.read(chunk)) this.#take(frame);
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #take({ type, payload }: Frame): void {
    if (type === 'data' && !this.push(payload)) this.#socket.pause();
    if (type === 'ping') this.#send('pong', payload);
    if (type === 'close') this.push(null);
  }

  #send(type: Frame['type'], payload: Buffer, done?: (error?: Error | null) => void): void {
    this.#socket.write(encodeFrame(type, payload, randomBytes(4)), done);
  }
}
