import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A handshake takes less. */
const MOST_KEPT = 256 * 1024;

/** A socket as TLS gets it, that remembers the first bytes which came in. Destroying it leaves the socket alone. */
export class TappedLine extends Duplex {
  readonly #socket: Socket;
  readonly #kept: Buffer[] = [];
  #length = 0;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      if (this.#length < MOST_KEPT) this.#kept.push(chunk);
      this.#length += chunk.length;
      if (!this.push(chunk)) socket.pause();
    });
    socket.once('close', () => this.push(null));
    socket.once('error', (error) => this.destroy(error));
  }

  beginning(): Buffer {
    return Buffer.concat(this.#kept);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }
}
