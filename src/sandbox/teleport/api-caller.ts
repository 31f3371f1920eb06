/** Calls the stand-in's gRPC API in tests with nothing but the library's client: no code of ours in between. */
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import type { Client } from '@connectrpc/connect';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { AuthService } from '../../teleport/gen/auth_pb.ts';

export interface Caller {
  readonly api: Client<typeof AuthService>;
  close(): void;
}

const PEM = /-----BEGIN ([A-Z ]+)-----\n[\s\S]*?-----END \1-----\n/g;

/** What a TLS client takes from an identity file. */
export function credentialsIn(file: string): { key: string; cert: string; ca: string } {
  const [key = '', cert = '', ca = ''] = readFileSync(file, 'utf8').match(PEM) ?? [];
  return { key, cert, ca };
}

/** What a client offers that wants to be led to Auth. */
export function authProtocols(clusterName = 'sandbox'): string[] {
  return [`teleport-auth@${Buffer.from(clusterName).toString('hex')}.teleport.cluster.local`, 'h2'];
}

export function openSocket(address: string): Duplex {
  const [host = '', port] = address.split(':');
  return connectTcp({ host, port: Number(port) });
}

/** The TLS of a client of Auth, over a stream that leads there. */
export function authTls(stream: Duplex, options: ConnectionOptions): TLSSocket {
  const socket = connectTls({
    socket: stream,
    servername: 'teleport.cluster.local',
    ALPNProtocols: authProtocols(),
    ...options,
  });
  socket.on('error', () => {});
  return socket;
}

/** Calls over one connection, which opens with the first call. */
export function openCaller(createConnection: () => TLSSocket): Caller {
  const baseUrl = 'https://teleport.cluster.local';
  const sessionManager = new Http2SessionManager(baseUrl, {}, { createConnection });
  const transport = createGrpcTransport({ baseUrl, sessionManager });
  return { api: createClient(AuthService, transport), close: () => sessionManager.abort() };
}
