import { createHash } from 'node:crypto';
import { Duplex } from 'node:stream';
import type { Frame } from '../../teleport/api-frames.ts';
import { encodeFrame, FrameReader } from '../../teleport/api-frames.ts';

const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const NOTHING = Buffer.alloc(0);

/** What a server answers to the `Sec-WebSocket-Key` of a client. */
export function acceptKey(key: string): string {
  return createHash('sha1').update(`${key}${ACCEPT_SUFFIX}`).digest('base64');
}

/**
 * The server's end of a WebSocket connection as a stream of bytes: where one frame ends and the next begins
 * means nothing. The stream is over when the client closes; what breaks the rules breaks the connection.
 */
export class WebSocketStream extends Duplex {
  readonly #socket: Duplex;
  readonly #reader = new FrameReader({ peer: 'client' });
  #closed = false;

  /** `head` is what came right behind the request for the upgrade. */
  constructor(socket: Duplex, head: Buffer) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => this.destroy());
    socket.on('close', () => this.destroy());
    if (head.length > 0) this.#receive(head);
  }

  ping(): void {
    this.#socket.write(encodeFrame('ping', NOTHING));
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(encodeFrame('data', chunk), done);
  }

  override _final(done: () => void): void {
    this.#socket.end(encodeFrame('close', NOTHING), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.read(chunk)) this.#take(frame);
    } catch {
      this.destroy();
    }
  }

  #take({ type, payload }: Frame): void {
    if (this.#closed) return;
    if (type === 'data' && !this.push(payload)) this.#socket.pause();
    if (type === 'ping') this.#socket.write(encodeFrame('pong', payload));
    if (type === 'close') this.#close();
  }

  #close(): void {
    this.#closed = true;
    this.push(null);
    this.end();
  }
}
