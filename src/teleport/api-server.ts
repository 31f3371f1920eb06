/** Agents' heartbeats, in our words. */
import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import type { Server } from './event.ts';
import type { AppServerV3, DatabaseServerV3, Metadata, PaginatedResource } from './gen/auth_pb.ts';

/** Undefined for an entry of another kind. */
export function serverOf({ resource }: PaginatedResource): Server | undefined {
  if (resource.case === 'databaseServer') return databaseServer(resource.value);
  return resource.case === 'appServer' ? appServer(resource.value) : undefined;
}

export function databaseServer({ metadata, spec, status }: DatabaseServerV3): Server {
  const health = status?.targetHealth?.status;
  return {
    of: 'db',
    name: spec?.database?.metadata?.name || (metadata?.name ?? ''),
    host: spec?.hostname ?? '',
    hostId: spec?.hostId ?? '',
    ...(health ? { health } : {}),
    ...expiry(metadata?.expires),
  };
}

export function appServer({ metadata, spec }: AppServerV3): Server {
  return {
    of: 'app',
    name: spec?.app?.metadata?.name || (metadata?.name ?? ''),
    host: spec?.hostname ?? '',
    hostId: spec?.hostId ?? '',
    ...expiry(metadata?.expires),
  };
}

/** Which agent a delete is about: Teleport has room for that in the description alone. */
export function hostIdOf(heartbeat: {
  readonly metadata?: Metadata | undefined;
  readonly spec?: { readonly hostId: string } | undefined;
}): string | undefined {
  return heartbeat.spec?.hostId || heartbeat.metadata?.description || undefined;
}

function expiry(expires: Timestamp | undefined): { expiresAt?: number } {
  return expires === undefined ? {} : { expiresAt: timestampMs(expires) };
}
