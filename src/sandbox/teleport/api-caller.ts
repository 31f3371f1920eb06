/** Calls the stand-in's gRPC API in tests with nothing but the library's client: no code of ours in between. */
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import { create } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import { ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import {
  AppSpecV3Schema,
  AppV3Schema,
  AuthService,
  DatabaseSpecV3Schema,
  DatabaseTlsMode,
  DatabaseTlsSchema,
  DatabaseV3Schema,
  MetadataSchema,
} from '../../teleport/gen/auth_pb.ts';

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

/** Calls with the identity over connections to the address, which leads to Auth. */
export function callAs(identityFile: string, address: string): Caller {
  return openCaller(() => authTls(openSocket(address), credentialsIn(identityFile)));
}

/** Calls without any certificate. */
export function callAsNobody(identityFile: string, address: string): Caller {
  const { ca } = credentialsIn(identityFile);
  return openCaller(() => authTls(openSocket(address), { ca }));
}

/** What an error of a call says: the number of its code, and the text. */
export async function refusalOf(call: Promise<unknown>): Promise<{ code: number; text: string } | 'none'> {
  try {
    await call;
    return 'none';
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    return { code, text: rawMessage };
  }
}

/** A database that the guide's role may write. */
export const aDatabase = (name: string, labels: Record<string, string> = {}, uri = '127.0.0.1:6000') =>
  create(DatabaseV3Schema, {
    metadata: create(MetadataSchema, { name, labels: { dblab: 'true', ...labels } }),
    spec: create(DatabaseSpecV3Schema, {
      protocol: 'postgres',
      uri,
      tls: create(DatabaseTlsSchema, { mode: DatabaseTlsMode.INSECURE }),
    }),
  });

export const anApp = (name: string) =>
  create(AppV3Schema, {
    metadata: create(MetadataSchema, { name, labels: { dblab: 'true' } }),
    spec: create(AppSpecV3Schema, { uri: 'http://127.0.0.1:2345' }),
  });
