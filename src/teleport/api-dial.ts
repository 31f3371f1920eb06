/**
 * One TLS connection to Auth, end to end, by one of the ways that lead there. It promises that who answers
 * has a certificate of the cluster in the identity and speaks HTTP/2.
 */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { follow } from '../lib/abort.ts';
import { DialError } from './api-dial-error.ts';
import { openTunnel } from './api-tunnel.ts';
import type { WebAddress } from './api-web.ts';
import type { Identity } from './identity.ts';

/**
 * `tls-routing`: the proxy's web port passes the connection on by its ALPN; Auth's own port takes it too.
 * `direct`: Auth's own port, by the plain protocol. `upgrade`: through a WebSocket to the proxy.
 */
export type Route = 'tls-routing' | 'direct' | 'upgrade';

/** In the order in which they are tried. */
export const ROUTES: readonly Route[] = ['tls-routing', 'direct', 'upgrade'];

/** What Auth's certificate is issued for, whatever the cluster. */
export const AUTH_NAME = 'teleport.cluster.local';
const LONGEST_ALPN = 255;

/**
 * By this protocol name a proxy tells which cluster's Auth is meant. Undefined where the cluster's name is
 * too long to be told so (about 109 bytes).
 */
export function authProtocol(cluster: string): string | undefined {
  const name = `teleport-auth@${Buffer.from(cluster, 'utf8').toString('hex')}.${AUTH_NAME}`;
  return name.length > LONGEST_ALPN ? undefined : name;
}

/** Rejects with a `DialError`, with Node's error, or with the signal's reason. */
export async function dial(
  route: Route,
  address: WebAddress,
  identity: Identity,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const { host, port } = address;
  const protocol = authProtocol(identity.cluster);
  if (route !== 'direct' && protocol === undefined) {
    throw new DialError('no-h2', 'the name of the cluster is too long for this way');
  }
  const tls: ConnectionOptions = {
    servername: AUTH_NAME,
    key: identity.key.reveal(),
    cert: identity.cert,
    ca: authoritiesOf(identity),
    // A proxy looks at the first one only; Auth takes the second.
    ALPNProtocols: route === 'direct' || protocol === undefined ? ['h2'] : [protocol, 'h2'],
  };
  const below = route === 'upgrade' ? { socket: await openTunnel(address, signal) } : { host, port };
  const socket = connect({ ...tls, ...below });
  // After the handshake Node tells of a TLS alert (certificate expired) and leaves the socket open.
  socket.on('error', () => socket.destroy());
  if (below.socket) {
    const { socket: tunnel } = below;
    tunnel.once('close', () => socket.destroy());
    socket.once('close', () => tunnel.destroy());
  } else {
    socket.setKeepAlive(true, 60_000);
    socket.setNoDelay(true);
  }
  return shakeHands(socket, signal);
}

async function shakeHands(socket: TLSSocket, signal: AbortSignal): Promise<TLSSocket> {
  const closed = new AbortController();
  const close = () => closed.abort(new DialError('closed', 'the connection was closed'));
  socket.once('close', close);
  const either = follow(signal, closed.signal);
  try {
    await once(socket, 'secureConnect', { signal: either.controller.signal });
    if (socket.alpnProtocol !== 'h2') throw new DialError('no-h2', 'it speaks no HTTP/2');
    return socket;
  } catch (error) {
    socket.destroy();
    throw either.controller.signal.aborted ? either.controller.signal.reason : error;
  } finally {
    either.letGo();
    socket.off('close', close);
  }
}

/** An identity may hold the authorities of leaf clusters as well: those have no say in who our Auth is. */
function authoritiesOf({ caCerts, cluster }: Identity): string[] {
  const own = caCerts.filter((pem) => commonName(pem) === cluster);
  return own.length > 0 ? own : [...caCerts];
}

/** Undefined also for what is no certificate. */
function commonName(pem: string): unknown {
  try {
    const { subject } = new X509Certificate(pem).toLegacyObject();
    return Object.entries(subject ?? {}).find(([key]) => key === 'CN')?.[1];
  } catch {
    return undefined;
  }
}
