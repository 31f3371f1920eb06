import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import { Code, ConnectError } from '@connectrpc/connect';
import type {
  AuthService,
  ListResourcesRequest,
  ListResourcesResponse,
  PingResponse,
} from '../../teleport/gen/auth_pb.ts';
import { PaginatedResourceSchema, PingResponseSchema } from '../../teleport/gen/auth_pb.ts';
import type { Served } from './agent.ts';
import type { Session } from './auth.ts';
import type { Draft, Kind } from './document.ts';
import type { GrpcCalls } from './grpc-calls.ts';
import { isServerKind, pageOf } from './listing.ts';
import { appDraft, databaseDraft, toApp, toDatabase } from './message.ts';
import { toRole } from './role-message.ts';
import { toAppServer, toDatabaseServer } from './server-message.ts';
import type { Sources } from './watch.ts';
import { acceptedKinds, watchEvents } from './watch.ts';

export interface Auth extends Sources {
  readonly ping: Omit<PingResponse, '$typeName' | '$unknown'>;
}

/** `proto.AuthService` as one connection meets it: the rules are the session's, the messages are made here. */
export function authService(auth: Auth, session: Session, calls: GrpcCalls): ServiceImpl<typeof AuthService> {
  /** Whoever lacks the verb is told that, and not what is wrong with the message. */
  const draft = (verb: string, kind: Kind, read: () => Draft): Draft => {
    try {
      return read();
    } catch (error) {
      session.demand(verb, kind);
      throw error;
    }
  };
  return {
    ping: (_, { signal }) => calls.answer(() => create(PingResponseSchema, auth.ping), signal),

    getDatabases: (_, { signal }) =>
      calls.answer(() => ({ databases: session.list('db').map(toDatabase) }), signal),
    getDatabase: ({ name }, { signal }) => calls.answer(() => toDatabase(session.get('db', name)), signal),
    createDatabase: (message, { signal }) =>
      calls
        .create(() => session.create(draft('create', 'db', () => databaseDraft(message))), signal)
        .then(empty),
    updateDatabase: (message, { signal }) =>
      calls
        .answer(() => session.update(draft('update', 'db', () => databaseDraft(message))), signal)
        .then(empty),
    deleteDatabase: ({ name }, { signal }) =>
      calls.answer(() => session.remove('db', name), signal).then(empty),

    getApps: (_, { signal }) => calls.answer(() => ({ apps: session.list('app').map(toApp) }), signal),
    getApp: ({ name }, { signal }) => calls.answer(() => toApp(session.get('app', name)), signal),
    createApp: (message, { signal }) =>
      calls.create(() => session.create(draft('create', 'app', () => appDraft(message))), signal).then(empty),
    updateApp: (message, { signal }) =>
      calls.answer(() => session.update(draft('update', 'app', () => appDraft(message))), signal).then(empty),
    deleteApp: ({ name }, { signal }) => calls.answer(() => session.remove('app', name), signal).then(empty),

    async *getCurrentUserRoles(_, { signal }) {
      yield* await calls.answer(() => session.roles().map(toRole), signal);
    },

    listResources: (request, { signal }) => calls.answer(() => listServers(auth, session, request), signal),
    async *watchEvents(request, { signal }) {
      const kinds = await calls.open(() => acceptedKinds(session, request), signal);
      yield* watchEvents(auth, kinds, signal);
    },
  };
}

function listServers(auth: Auth, session: Session, request: ListResourcesRequest): ListResourcesResponse {
  const kind = request.resourceType;
  if (!isServerKind(kind))
    throw new ConnectError(`resource type ${kind} does not support pagination`, Code.Unimplemented);
  return pageOf(session.servers(kind), request, (served) => toResource(auth, served));
}

function toResource({ telling }: Auth, served: Served): ListResourcesResponse['resources'][number] {
  const resource =
    served.document.kind === 'db'
      ? ({ case: 'databaseServer', value: toDatabaseServer(served, telling()) } as const)
      : ({ case: 'appServer', value: toAppServer(served, telling()) } as const);
  return create(PaginatedResourceSchema, { resource });
}

const empty = () => ({});
