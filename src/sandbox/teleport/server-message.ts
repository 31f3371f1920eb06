/** What agents tell, as messages of Teleport's API. */
import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type {
  AppServerV3,
  DatabaseServerStatusV3,
  DatabaseServerV3,
  Metadata,
} from '../../teleport/gen/auth_pb.ts';
import {
  AppServerSpecV3Schema,
  AppServerV3Schema,
  DatabaseServerSpecV3Schema,
  DatabaseServerStatusV3Schema,
  DatabaseServerV3Schema,
  MetadataSchema,
} from '../../teleport/gen/auth_pb.ts';
import type { Served } from './agent.ts';
import { HEALTH_WORDS } from './agent.ts';
import type { TeleportVersion } from './document.ts';
import { toApp, toDatabase } from './message.ts';

const HEARTBEAT_MS = 10 * 60 * 1000;

interface Telling {
  readonly version: TeleportVersion;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function toDatabaseServer(served: Served, { version, now }: Telling): DatabaseServerV3 {
  const { hostname, hostId } = served.agent;
  const message = create(DatabaseServerV3Schema, {
    kind: 'db_server',
    version: 'v3',
    metadata: heartbeatMetadata(served, now),
    spec: create(DatabaseServerSpecV3Schema, {
      version,
      hostname,
      hostId,
      database: toDatabase(served.document),
    }),
  });
  if (version === '18.0.0') message.status = toStatus(served);
  return message;
}

export function toAppServer(served: Served, { version, now }: Telling): AppServerV3 {
  const { hostname, hostId } = served.agent;
  return create(AppServerV3Schema, {
    kind: 'app_server',
    version: 'v3',
    metadata: heartbeatMetadata(served, now),
    spec: create(AppServerSpecV3Schema, { version, hostname, hostId, app: toApp(served.document) }),
  });
}

/** Of a heartbeat that is gone Teleport tells the name and, as a description, the host. */
export function goneMetadata({ agent, document }: Served): Metadata {
  return create(MetadataSchema, {
    name: document.metadata.name,
    namespace: 'default',
    description: agent.hostId,
  });
}

function heartbeatMetadata({ document }: Served, now: number): Metadata {
  return create(MetadataSchema, {
    name: document.metadata.name,
    namespace: 'default',
    expires: timestampFromMs(now + HEARTBEAT_MS),
    // Each heartbeat is a new one.
    revision: randomUUID(),
  });
}

function toStatus({ agent: { health }, document }: Served): DatabaseServerStatusV3 {
  const targetHealth = {
    address: health === 'unknown' ? '' : document.spec.uri,
    protocol: 'TCP',
    status: health,
    message: HEALTH_WORDS[health].message,
  };
  return create(DatabaseServerStatusV3Schema, { targetHealth });
}
