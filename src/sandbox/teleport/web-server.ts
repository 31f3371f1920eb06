import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { createServer as createHttp2Server } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { createServer as createTlsServer } from 'node:tls';
import type { Clock } from '../../lib/clock.ts';
import type { ServerCertificate } from './authorities.ts';
import { upgrade } from './connection-upgrade.ts';
import type { WebFacts } from './web-page.ts';
import { webPage } from './web-page.ts';

interface WebServerOptions {
  readonly certificate: ServerCertificate;
  /** None where a load balancer stands before the proxy and knows of no protocols. */
  readonly protocols: readonly string[];
  readonly clock: Clock;
  readonly facts: () => WebFacts;
  /** Takes what comes through a connection upgrade; without it the proxy offers none. */
  readonly tunnel: ((stream: Duplex) => void) | undefined;
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/**
 * The proxy's web server: a few pages that need no credentials, and the way through load balancers. Agents'
 * own protocols are agreed on, as clients test, but nothing is said in them.
 */
export class WebServer {
  readonly #tls;
  readonly #http = createHttpServer((request, response) => this.#answer(request, response));
  readonly #http2 = createHttp2Server((request, response) => this.#answer(request, response));
  readonly #facts: () => WebFacts;

  constructor({ certificate, protocols, clock, facts, tunnel }: WebServerOptions) {
    this.#facts = facts;
    if (tunnel !== undefined)
      this.#http.on('upgrade', (request, socket, head) => upgrade({ request, socket, head }, clock, tunnel));
    this.#http2.on('session', (session) => session.on('error', () => session.destroy()));
    this.#tls = createTlsServer(
      { ...certificate, ...(protocols.length > 0 ? { ALPNProtocols: [...protocols] } : {}) },
      (socket) => this.#serve(socket),
    );
    this.#tls.on('tlsClientError', (_, socket) => socket.destroy());
  }

  accept(stream: Duplex): void {
    this.#tls.emit('connection', stream);
  }

  #serve(socket: TLSSocket): void {
    socket.on('error', () => socket.destroy());
    const protocol = socket.alpnProtocol;
    if (protocol === 'h2') this.#http2.emit('connection', socket);
    else if (protocol === 'http/1.1' || protocol === false) this.#http.emit('connection', socket);
    else socket.once('data', () => socket.destroy());
  }

  #answer(request: Request, response: Response): void {
    const { status, type, body } = webPage(request.url ?? '/', this.#facts());
    response.statusCode = status;
    response.setHeader('content-type', type);
    response.end(body);
  }
}
