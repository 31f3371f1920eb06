import { create } from '@bufbuild/protobuf';
import type { Event, WatchKind } from '../../teleport/gen/auth_pb.ts';
import {
  AppServerV3Schema,
  DatabaseServerV3Schema,
  EventSchema,
  EventType,
  MetadataSchema,
  ResourceHeaderSchema,
  WatchStatusSchema,
  WatchStatusSpecSchema,
} from '../../teleport/gen/auth_pb.ts';
import type { TeleportVersion } from './document.ts';
import type { Heartbeat } from './heartbeats.ts';
import { toApp, toDatabase } from './message.ts';
import { goneMetadata, toAppServer, toDatabaseServer } from './server-message.ts';
import type { Write } from './view.ts';

/** The first event of a stream: it is open, and these kinds come. */
export function initEvent(kinds: readonly WatchKind[]): Event {
  const spec = create(WatchStatusSpecSchema, { kinds: [...kinds] });
  const resource = { case: 'watchStatus', value: create(WatchStatusSchema, { spec }) } as const;
  return create(EventSchema, { type: EventType.INIT, resource });
}

/** A removal tells kind and name, and nothing of what was there. */
export function writeEvent({ kind, name, document }: Write): Event {
  if (document === undefined) {
    const metadata = create(MetadataSchema, { name, namespace: 'default' });
    const value = create(ResourceHeaderSchema, { kind, version: 'v3', metadata });
    return deletion({ case: 'resourceHeader', value });
  }
  return kind === 'db'
    ? put({ case: 'database', value: toDatabase(document) })
    : put({ case: 'app', value: toApp(document) });
}

export function heartbeatEvent(
  { action, served }: Heartbeat,
  telling: { version: TeleportVersion; now: number },
): Event {
  const isDatabase = served.document.kind === 'db';
  if (action === 'put')
    return isDatabase
      ? put({ case: 'databaseServer', value: toDatabaseServer(served, telling) })
      : put({ case: 'appServer', value: toAppServer(served, telling) });

  const metadata = goneMetadata(served);
  const kind = isDatabase ? 'db_server' : 'app_server';
  const header = { kind, version: 'v3', metadata };
  if (telling.version === '18.0.0')
    return deletion({ case: 'resourceHeader', value: create(ResourceHeaderSchema, header) });
  return isDatabase
    ? deletion({ case: 'databaseServer', value: create(DatabaseServerV3Schema, header) })
    : deletion({ case: 'appServer', value: create(AppServerV3Schema, header) });
}

function put(resource: Event['resource']): Event {
  return create(EventSchema, { type: EventType.PUT, resource });
}

function deletion(resource: Event['resource']): Event {
  return create(EventSchema, { type: EventType.DELETE, resource });
}
