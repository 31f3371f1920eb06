/**
 * Teleport's stream of events, in our words. It promises that nothing is missed between `opened` and the end;
 * which of the names are ours, and what follows, is not known here.
 */
import type { Client } from '@connectrpc/connect';
import { fromApp, fromDatabase } from './api-message.ts';
import { appServer, databaseServer, hostIdOf } from './api-server.ts';
import { TeleportError } from './error.ts';
import type { TeleportEvent } from './event.ts';
import { REFUSALS } from './explain.ts';
import { type AuthService, type Event, EventType, type ResourceHeader } from './gen/auth_pb.ts';

const KINDS = ['db', 'app', 'db_server', 'app_server'] as const;

/** Rejects as the stream does, and with a `TeleportError` where the role may not hear of databases. */
export async function* watchEvents(
  client: Client<typeof AuthService>,
  signal: AbortSignal,
): AsyncGenerator<TeleportEvent, void> {
  const watch = { kinds: KINDS.map((kind) => ({ kind })), allowPartialSuccess: true };
  for await (const event of client.watchEvents(watch, { signal })) {
    if (event.type === EventType.INIT) demandDatabases(event);
    const told = translate(event);
    if (told !== undefined) yield told;
  }
}

/** A kind that the role may not read is left out in silence; a watch without databases is none. */
function demandDatabases({ resource }: Event): void {
  if (resource.case !== 'watchStatus') return;
  const kinds = resource.value.spec?.kinds.map(({ kind }) => kind) ?? [];
  if (kinds.includes('db')) return;
  const said = 'access denied to perform action "read" on "db"';
  throw new TeleportError('rule-denied', REFUSALS['rule-denied']({ said, change: undefined }));
}

/** Undefined for what says nothing of databases and apps. */
export function translate({ type, resource }: Event): TeleportEvent | undefined {
  if (type === EventType.INIT) return { kind: 'opened' };
  if (type === EventType.PUT) return put(resource);
  return type === EventType.DELETE ? deleted(resource) : undefined;
}

function put(resource: Event['resource']): TeleportEvent | undefined {
  switch (resource.case) {
    case 'database':
      return resource.value.metadata?.name
        ? { kind: 'put', resource: fromDatabase(resource.value) }
        : undefined;
    case 'app':
      return resource.value.metadata?.name ? { kind: 'put', resource: fromApp(resource.value) } : undefined;
    case 'databaseServer':
      return { kind: 'serving', ...databaseServer(resource.value) };
    case 'appServer':
      return { kind: 'serving', ...appServer(resource.value) };
    default:
      return undefined;
  }
}

/** Teleport 18 sends headers alone; 15 sends the message where an agent's heartbeat goes. */
function deleted(resource: Event['resource']): TeleportEvent | undefined {
  switch (resource.case) {
    case 'resourceHeader':
      return deletedHeader(resource.value);
    case 'databaseServer':
      return notServing('db', resource.value.metadata?.name, hostIdOf(resource.value));
    case 'appServer':
      return notServing('app', resource.value.metadata?.name, hostIdOf(resource.value));
    default:
      return undefined;
  }
}

function deletedHeader(header: ResourceHeader): TeleportEvent | undefined {
  const name = header.metadata?.name ?? '';
  switch (header.kind) {
    case 'db':
    case 'app':
      return { kind: 'delete', of: header.kind, name };
    case 'db_server':
      return notServing('db', name, hostIdOf(header));
    case 'app_server':
      return notServing('app', name, hostIdOf(header));
    default:
      return undefined;
  }
}

function notServing(of: 'db' | 'app', name = '', hostId?: string): TeleportEvent {
  return { kind: 'not-serving', of, name, ...(hostId === undefined ? {} : { hostId }) };
}
