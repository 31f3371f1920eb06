import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';

export interface Handlers {
  /** The bytes that told which protocol it is have been put back. */
  plain(socket: Socket): void;
  tls?(socket: Socket): void;
}

const TLS_HANDSHAKE = 0x16;

/**
 * The one port of the stand-in proxy. The first byte of a connection tells who calls: a TLS client, or the
 * stand-in tctl with its plain protocol. It can be shut and opened again under the same number.
 */
export class ProxyPort {
  readonly #handlers: Handlers;
  readonly #sockets = new Set<Socket>();
  readonly #host: string;
  #port: number;
  #server: Server | undefined;

  constructor(host: string, port: number, handlers: Handlers) {
    this.#host = host;
    this.#port = port;
    this.#handlers = handlers;
  }

  /** `HOST:PORT`; known once it has been open. */
  get address(): string {
    return `${this.#host}:${this.#port}`;
  }

  async open(): Promise<void> {
    if (this.#server) return;
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    server.listen(this.#port, this.#host);
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  /** Cuts the connections that are open. */
  async shut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('data', (head) => {
      socket.pause();
      socket.unshift(head);
      if (head[0] !== TLS_HANDSHAKE) this.#handlers.plain(socket);
      else if (this.#handlers.tls) this.#handlers.tls(socket);
      else socket.destroy();
    });
  }
}
