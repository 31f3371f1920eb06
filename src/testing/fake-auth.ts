import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ConnectRouter, ServiceImpl } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { type Authority, createAuthority } from '../sandbox/teleport/authority.ts';
import { AuthService } from '../teleport/gen/auth_pb.ts';

type Handlers = Partial<ServiceImpl<typeof AuthService>>;

export interface FakeAuthOptions {
  readonly handlers?: Handlers;
  readonly cluster?: string;
  /** Offered by ALPN. */
  readonly protocols?: readonly string[];
  /** Answers requests by itself, instead of the handlers. */
  readonly listener?: (request: Http2ServerRequest, response: Http2ServerResponse) => void;
}

/**
 * An Auth service of a test: real TLS that asks for a certificate of its user authority, real HTTP/2 and
 * gRPC, and answers that the test writes.
 */
export class FakeAuth {
  readonly cluster: string;
  readonly host: Authority;
  readonly user: Authority;
  readonly #server: Http2SecureServer;
  readonly #sessions = new Set<ServerHttp2Session>();
  /** Connections whose handshake has ended, since the beginning. */
  readonly handshakes: { protocol: string | false | null; servername: string | false | null }[] = [];
  /** HTTP/2 pings that came. */
  pings = 0;

  private constructor(
    cluster: string,
    authorities: { host: Authority; user: Authority },
    server: Http2SecureServer,
  ) {
    this.cluster = cluster;
    this.host = authorities.host;
    this.user = authorities.user;
    this.#server = server;
    server.on('secureConnection', ({ alpnProtocol, servername }: TLSSocket & { servername?: string }) => {
      this.handshakes.push({ protocol: alpnProtocol, servername: servername ?? false });
    });
    server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => {});
      session.on('ping', () => {
        this.pings += 1;
      });
    });
  }

  static async start({
    handlers = {},
    cluster = 'example.com',
    protocols,
    listener,
  }: FakeAuthOptions = {}): Promise<FakeAuth> {
    const now = Date.now();
    const [host, user] = await Promise.all([createAuthority(cluster, now), createAuthority(cluster, now)]);
    const name = 'teleport.cluster.local';
    const { certificate, key } = await host.issue({
      subject: [{ CN: ['auth'] }],
      notAfter: now + 3600_000,
      server: [{ type: 'dns', value: name }],
    });
    const routes = (router: ConnectRouter) => router.service(AuthService, handlers);
    const options = {
      cert: certificate,
      key: key.export({ format: 'pem', type: 'pkcs8' }),
      ca: user.certificate,
      requestCert: true,
      rejectUnauthorized: true,
      ...(protocols && { ALPNProtocols: [...protocols] }),
    };
    const server = createSecureServer(options, listener ?? connectNodeAdapter({ routes }));
    server.on('tlsClientError', () => {});
    server.on('sessionError', () => {});
    const auth = new FakeAuth(cluster, { host, user }, server);
    await auth.listen(0);
    return auth;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get sessions(): readonly ServerHttp2Session[] {
    return [...this.#sessions];
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Writes an identity file for this cluster, unless other authorities are named. */
  async issue(file: string, { ttlMs = 3600_000, user = this.user, host = this.host } = {}): Promise<void> {
    const { certificate, key } = await user.issue({
      subject: [{ CN: ['bot-dblab'] }, { O: ['dblab-bot'] }, { '1.3.9999.1.7': [this.cluster] }],
      notAfter: Date.now() + ttlMs,
    });
    const text = `${key.export({ format: 'pem', type: 'pkcs8' })}${certificate}${host.certificate}`;
    await writeFile(file, text, { mode: 0o600 });
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }
}
