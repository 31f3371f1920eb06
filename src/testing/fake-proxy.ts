import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server as WebServer } from 'node:https';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import type { Duplex } from 'node:stream';
import { createAuthority } from '../sandbox/teleport/authority.ts';
import { encodeFrame, FrameReader } from '../teleport/api-frames.ts';

export interface FakeProxyOptions {
  /** The port of Auth on this host. */
  readonly auth: number;
  readonly cluster: string;
  /** Whether connections are passed on by ALPN, as where nothing before the proxy ends TLS. */
  readonly hasTlsRouting?: boolean;
  /** Whether the connection upgrade leads to Auth. */
  readonly hasUpgrade?: boolean;
  /** What `GET /webapi/find` answers; undefined is 404. */
  readonly find?: unknown;
}

/** A proxy of a test: passes on what is for Auth, and is a web server to everybody else. */
export class FakeProxy {
  /** PEM of the authority of its web certificate. */
  readonly webCa: string;
  readonly #options: FakeProxyOptions;
  readonly #web: WebServer;
  readonly #tcp: Server;
  readonly #sockets = new Set<Duplex>();
  /** Connections that came. */
  connections = 0;
  /** Pings and pongs of upgraded connections that came back. */
  pongs = 0;

  private constructor(options: FakeProxyOptions, webCa: string, web: WebServer) {
    this.#options = options;
    this.webCa = webCa;
    this.#web = web;
    this.#tcp = createTcpServer((socket) => this.#accept(socket));
    web.on('tlsClientError', () => {});
    web.on('request', (request, response) => {
      const isFind = request.url === '/webapi/find' && options.find !== undefined;
      response.writeHead(isFind ? 200 : 404).end(isFind ? JSON.stringify(options.find) : 'nothing here');
    });
    if (options.hasUpgrade) web.on('upgrade', (request, socket) => this.#upgrade(request.headers, socket));
  }

  static async start(options: FakeProxyOptions): Promise<FakeProxy> {
    const authority = await createAuthority('web', Date.now());
    const { certificate, key } = await authority.issue({
      subject: [{ CN: ['proxy'] }],
      notAfter: Date.now() + 3600_000,
      server: [{ type: 'ip', value: '127.0.0.1' }],
    });
    const pem = key.export({ format: 'pem', type: 'pkcs8' });
    const web = createServer({ cert: certificate, key: pem, ALPNProtocols: ['http/1.1'] });
    const proxy = new FakeProxy(options, authority.certificate, web);
    proxy.#tcp.listen(0, '127.0.0.1');
    await once(proxy.#tcp, 'listening');
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#tcp.address() as AddressInfo).port}`;
  }

  /** From now on nothing gets through, and nobody is told. */
  freeze(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  async close(): Promise<void> {
    this.#tcp.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#tcp, 'close');
  }

  #accept(socket: Socket): void {
    this.connections += 1;
    this.#keep(socket);
    socket.once('data', (hello) => {
      socket.pause();
      socket.unshift(hello);
      const forAuth = this.#options.hasTlsRouting && hello.includes('teleport-auth@');
      if (!forAuth) this.#web.emit('connection', socket);
      else if (hello.includes(this.#protocol)) this.#passOn(socket, socket);
      else socket.destroy();
    });
  }

  get #protocol(): string {
    return `teleport-auth@${Buffer.from(this.#options.cluster).toString('hex')}.`;
  }

  #passOn(from: Duplex, to: Duplex): Socket {
    const auth = connect(this.#options.auth, '127.0.0.1');
    this.#keep(auth);
    from.pipe(auth).pipe(to);
    from.once('close', () => auth.destroy());
    auth.once('close', () => to.destroy());
    return auth;
  }

  #upgrade(headers: NodeJS.Dict<string | string[]>, socket: Duplex): void {
    const accept = createHash('sha1')
      .update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    const answer = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Protocol: ${headers['sec-websocket-protocol']}`,
      `Sec-WebSocket-Accept: ${accept}`,
    ];
    // The first frame comes along with the answer, as it may.
    socket.write(
      Buffer.concat([Buffer.from(`${answer.join('\r\n')}\r\n\r\n`), encodeFrame('ping', Buffer.from('?'))]),
    );
    const auth = connect(this.#options.auth, '127.0.0.1');
    this.#keep(auth);
    this.#keep(socket);
    const reader = new FrameReader({ peer: 'client' });
    socket.on('data', (chunk: Buffer) => {
      for (const { type, payload } of reader.read(chunk)) {
        if (type === 'data') auth.write(payload);
        if (type === 'pong') this.pongs += 1;
      }
    });
    auth.on('data', (chunk: Buffer) => socket.write(encodeFrame('data', chunk)));
    auth.once('close', () => socket.end(encodeFrame('close', Buffer.alloc(0))));
    socket.once('close', () => auth.destroy());
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
