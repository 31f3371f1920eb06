import type { ServerHttp2Session } from 'node:http2';
import { constants, createServer } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { Clock } from '../../lib/clock.ts';
import { AuthService } from '../../teleport/gen/auth_pb.ts';
import type { Cluster, User } from './auth.ts';
import { Session } from './auth.ts';
import type { Auth } from './auth-service.ts';
import { authService } from './auth-service.ts';
import type { CallsOptions } from './grpc-calls.ts';
import { GrpcCalls } from './grpc-calls.ts';

export interface GrpcOptions extends CallsOptions {
  readonly cluster: Cluster;
  readonly auth: Auth;
}

const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
const MAX_SESSION_MEMORY_MB = 200;
const PING_INTERVAL_MS = 60_000;
/** So many pings may come too early; the next one ends the connection. */
const PATIENCE = 2;

/** Serves the calls of one connection, all of them on behalf of the same user. */
export function serveGrpc(socket: TLSSocket, user: User, options: GrpcOptions): void {
  const { auth, cluster, clock, counters, version } = options;
  counters.grpcConnections += 1;
  const calls = new GrpcCalls(options, () => socket.destroy());
  const handle = connectNodeAdapter({
    routes: (router) => {
      router.service(AuthService, authService(auth, new Session(cluster, user), calls));
    },
    connect: false,
    grpcWeb: false,
    readMaxBytes: MAX_MESSAGE_BYTES,
  });
  // No limit of streams at one time, where a real Auth has 1000: a Node server that announces one breaks calls
  // of clients that keep to it, for it counts those that are just ending.
  const server = createServer({ maxSessionMemory: MAX_SESSION_MEMORY_MB }, (request, response) => {
    if (version === '18.0.0') response.setHeader('version', version);
    handle(request, response);
  });
  server.on('session', (session) => {
    session.on('error', () => socket.destroy());
    limitPings(session, clock);
  });
  server.emit('connection', socket);
}

/** As strict as the rule is written: a ping within a minute of the one before is too early, calls or not. */
function limitPings(session: ServerHttp2Session, clock: Clock): void {
  let last = Number.NEGATIVE_INFINITY;
  let early = 0;
  session.on('ping', () => {
    if (clock.now() - last < PING_INTERVAL_MS) early += 1;
    last = clock.now();
    if (early <= PATIENCE) return;
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'));
    session.close();
  });
}
