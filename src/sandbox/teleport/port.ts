import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { ClientHello } from './client-hello.ts';
import { peek } from './peek.ts';
import { recogniseTls } from './tls-routing.ts';

/** Each takes a connection from its first byte. */
export interface Handlers {
  readonly plain: (socket: Socket) => void;
  readonly tls: (socket: Socket, hello: ClientHello) => void;
}

const TLS_HANDSHAKE = 0x16;

/**
 * A port of the stand-in cluster. The first bytes of a connection tell who calls: a TLS client and what it
 * wants, or the stand-in tctl with its plain protocol. It can be shut and opened again under the same number.
 */
export class Port {
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
    peek(
      socket,
      (bytes) => bytes[0] === TLS_HANDSHAKE,
      (isTls) => {
        if (isTls) recogniseTls(socket, (hello) => this.#handlers.tls(socket, hello));
        else this.#handlers.plain(socket);
      },
    );
  }
}
