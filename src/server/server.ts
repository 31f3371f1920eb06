import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { type AddressInfo, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Address, formatAddress } from '../lib/address.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { answerBrokenRequest } from './broken-request.ts';
import {
  Certificate,
  type CertificateFiles,
  type CertificatePair,
  careForCertificate,
} from './certificate.ts';
import { codeOf, ListenError } from './listen-error.ts';

/*
 * The sockets below every endpoint: where they listen, how much of a client's slowness they bear, and how
 * they close. It knows nothing of what is answered.
 */

/** A server that listens; `address` is the real one, where port 0 was asked for. */
export interface Server {
  readonly address: Address;
  readonly url: string;
  /** Stops accepting, lets requests in progress end, and never waits for idle or stalled clients. */
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly address: Address;
  /** The flag to name where the address cannot be had. */
  readonly flag: string;
  readonly clock: Clock;
  readonly limits?: Partial<Limits>;
  /** For TLS instead of plain HTTP. */
  readonly tls?: { readonly files: CertificateFiles; readonly log: Log } | undefined;
}

interface Limits {
  /** For a request to arrive whole, headers and body. */
  readonly requestMs: number;
  /** For a connection on which nothing happens. */
  readonly idleMs: number;
  /** For requests in progress to end once the server closes. */
  readonly graceMs: number;
  readonly connections: number;
}

const LIMITS: Limits = { requestMs: 10_000, idleMs: 30_000, graceMs: 2_000, connections: 1_024 };

/**
 * Listens on every address that the host stands for: `localhost` is both 127.0.0.1 and ::1, and a client
 * may try either. Throws a `ListenError` that names the flag, or a `CertificateError`.
 */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<Server> {
  const { flag, address, clock, tls } = options;
  const limits = { ...LIMITS, ...options.limits };
  const certificate = tls && new Certificate(tls.files);
  const servers: HttpServer[] = [];
  try {
    const found = await hosts(address.host);
    for (const host of found) {
      const server = bounded(handler, limits, certificate?.shown);
      const port = portOf(servers[0]) ?? address.port;
      const last = host === found.at(-1) && servers.length === 0;
      if (await bind(server, { host, port, mustExist: last })) servers.push(server);
    }
  } catch (error) {
    await close(servers, limits.graceMs, clock);
    throw new ListenError(error, formatAddress(address), flag);
  }
  const closing = new AbortController();
  if (tls && certificate) {
    const { signal } = closing;
    void careForCertificate(certificate, servers as HttpsServer[], { clock, log: tls.log, signal });
  }
  const real = { host: address.host || 'localhost', port: portOf(servers[0]) ?? address.port };
  return {
    address: real,
    url: `${tls ? 'https' : 'http'}://${formatAddress(real)}`,
    close: () => {
      closing.abort();
      return close(servers, limits.graceMs, clock);
    },
  };
}

/** IPv4 first. A machine without IPv6 names ::1 in its hosts file all the same; `bind` passes over that. */
async function hosts(host: string): Promise<readonly string[]> {
  if (host === '') return [hasIPv6() ? '::' : '0.0.0.0'];
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true, order: 'ipv4first' });
  return [...new Set(found.map(({ address }) => address))];
}

function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === 'IPv6'));
}

function bounded(handler: RequestListener, limits: Limits, shown: CertificatePair | undefined): HttpServer {
  const bounds = {
    headersTimeout: limits.requestMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(1_000, limits.requestMs),
  };
  const server = shown
    ? createHttpsServer({ ...bounds, ...shown, handshakeTimeout: limits.requestMs }, handler)
    : createServer(bounds, handler);
  server.maxConnections = limits.connections;
  return server.on('clientError', answerBrokenRequest);
}

/** True once it listens, false where the machine has no such address and may do without; else throws. */
async function bind(server: HttpServer, to: Address & { mustExist: boolean }): Promise<boolean> {
  try {
    server.listen({ host: to.host, port: to.port });
    await once(server, 'listening');
    return true;
  } catch (error) {
    if (!to.mustExist && codeOf(error) === 'EADDRNOTAVAIL') return false;
    throw error;
  }
}

function portOf(server: HttpServer | undefined): number | undefined {
  return (server?.address() as AddressInfo | null | undefined)?.port;
}

async function close(servers: readonly HttpServer[], graceMs: number, clock: Clock): Promise<void> {
  const done = new AbortController();
  const closed = Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  const patience = clock.sleep(graceMs, done.signal).then(() => {
    for (const server of servers) server.closeAllConnections();
  });
  await closed;
  done.abort();
  await patience;
}
