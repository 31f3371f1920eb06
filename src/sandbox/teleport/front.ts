import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../lib/clock.ts';
import type { Sign } from '../tctl/sign.ts';
import type { Cluster, User } from './auth.ts';
import { acceptAuthTls } from './auth-tls.ts';
import type { Authorities } from './authorities.ts';
import type { ClientHello } from './client-hello.ts';
import type { Fault } from './fault.ts';
import { serveGrpc } from './grpc-connection.ts';
import type { Heartbeats } from './heartbeats.ts';
import { readCertificate } from './identity.ts';
import { Port } from './port.ts';
import { TctlEndpoint } from './tctl-endpoint.ts';
import { recogniseTls, routeTls } from './tls-routing.ts';
import type { WebFacts } from './web-page.ts';
import { WebServer } from './web-server.ts';

interface FrontOptions {
  readonly clusterName: string;
  readonly cluster: Cluster;
  readonly heartbeats: Heartbeats;
  readonly authorities: Authorities;
  readonly clock: Clock;
  readonly fault: () => Fault | undefined;
  readonly sign: Sign;
  readonly host: string;
  /** The proxy's; 0 takes any. */
  readonly port: number;
  readonly loadBalancer: boolean;
  readonly tlsRouting: boolean;
}

/** All ways into the cluster: the proxy's port, and Auth's own. */
interface Front {
  readonly proxy: Port;
  readonly auth: Port;
}

/** Agents' tunnels: agreed on by every proxy, so that clients can test whether something stands in between. */
const TUNNEL_PROTOCOLS = ['teleport-reversetunnelv2', 'teleport-reversetunnel'];
const WEB_PROTOCOLS = ['h2', 'http/1.1'];

/** Puts the ports together with who answers behind them; they are not open yet. */
export function createFront(options: FrontOptions): Front {
  const { authorities, clock, cluster, clusterName, fault, host, loadBalancer, port, tlsRouting } = options;
  const whoIs = (certificate: string) => readCertificate(certificate, authorities.user, clock.now());
  const { authCertificate: certificate } = authorities;
  const serve = grpcServer(options, () => proxy.address);
  const auth = (stream: Duplex) => acceptAuthTls(stream, { certificate, whoIs, serve });
  const web = (stream: Duplex) => webServer.accept(stream);
  const route = (stream: Duplex, hello: ClientHello) => routeTls(stream, hello, clusterName, { auth, web });

  const webServer = new WebServer({
    certificate: authorities.webCertificate,
    protocols: loadBalancer ? [] : [...(tlsRouting ? TUNNEL_PROTOCOLS : []), ...WEB_PROTOCOLS],
    clock,
    facts: () => webFacts(options, proxy.address),
    tunnel: tlsRouting ? (stream) => recogniseTls(stream, (hello) => route(stream, hello)) : undefined,
  });
  const endpoint = new TctlEndpoint({
    cluster,
    clock,
    fault,
    whoIs,
    sign: options.sign,
    databaseCa: authorities.databaseClient.certificate,
  });
  const plain = (socket: Socket) => void endpoint.serve(socket);
  const proxy = new Port(host, port, { plain, tls: loadBalancer || !tlsRouting ? web : route });
  return { proxy, auth: new Port(host, 0, { plain, tls: auth }) };
}

function grpcServer(
  options: FrontOptions,
  proxyAddress: () => string,
): (socket: TLSSocket, user: User) => void {
  const { clock, cluster, clusterName, fault, heartbeats } = options;
  const { counters, store, version } = cluster;
  const load = { underWay: 0 };
  return (socket, user) => {
    const ping = { clusterName, serverVersion: version, proxyPublicAddr: proxyAddress() };
    const auth = { ping, store, heartbeats, telling: () => ({ version, now: clock.now() }) };
    serveGrpc(socket, user, { auth, cluster, clock, counters, fault, load, version });
  };
}

function webFacts(
  { authorities, cluster, clusterName, tlsRouting }: FrontOptions,
  address: string,
): WebFacts {
  return {
    clusterName,
    version: cluster.version,
    publicAddress: address,
    tlsRouting,
    authorities: {
      'db-client': authorities.databaseClient.certificate,
      'tls-host': authorities.host.certificate,
      'tls-user': authorities.user.certificate,
    },
  };
}
