import type { Event, Watch, WatchKind } from '../../teleport/gen/auth_pb.ts';
import type { Session } from './auth.ts';
import { EventQueue } from './event-queue.ts';
import type { HeartbeatListener, Heartbeats } from './heartbeats.ts';
import { Refusal } from './refusal.ts';
import type { ChangeListener, Store } from './store.ts';
import { heartbeatEvent, initEvent, writeEvent } from './watch-event.ts';

export interface Sources {
  readonly store: Store;
  readonly heartbeats: Heartbeats;
  readonly telling: () => Parameters<typeof heartbeatEvent>[1];
}

const WATCHABLE = ['db', 'app', 'db_server', 'app_server'];

/** Which of the kinds the stream may tell of. Throws a `Refusal` where it may not be opened. */
export function acceptedKinds(session: Session, { kinds, allowPartialSuccess }: Watch): WatchKind[] {
  if (kinds.length === 0) throw new Refusal('invalid', 'global watches are not supported yet');
  let refused: Refusal | undefined;
  const accepted = kinds.filter((kind) => {
    const refusal = refusalOf(session, kind);
    refused ??= refusal;
    return refusal === undefined;
  });
  if (refused !== undefined && !allowPartialSuccess) throw refused;
  if (accepted.length > 0) return accepted;
  throw refused?.code === 'denied'
    ? refused
    : new Refusal('invalid', 'none of the requested kinds can be watched');
}

function refusalOf(session: Session, { kind, name }: WatchKind): Refusal | undefined {
  try {
    session.demand('read', kind);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  if (name !== '') return new Refusal('invalid', 'watch with Name is only supported for Namespace resource');
  if (!WATCHABLE.includes(kind))
    return new Refusal('invalid', `watcher on object kind "${kind}" is not supported`);
  return undefined;
}

/**
 * What happens from now on, when lists show it too; nothing of the past. The labels that a role may see do
 * not matter here. Ends with the signal; throws when its reader is too slow.
 */
export async function* watchEvents(
  sources: Sources,
  kinds: readonly WatchKind[],
  signal: AbortSignal,
): AsyncGenerator<Event> {
  const queue = new EventQueue();
  const unsubscribe = subscribe(sources, new Set(kinds.map(({ kind }) => kind)), queue);
  try {
    yield initEvent(kinds);
    yield* queue.events(signal);
  } finally {
    unsubscribe();
  }
}

function subscribe(
  { store, heartbeats, telling }: Sources,
  kinds: ReadonlySet<string>,
  queue: EventQueue,
): () => void {
  const onChange: ChangeListener = (write, view) => {
    if (view === 'cache' && kinds.has(write.kind)) queue.add(() => writeEvent(write));
  };
  const onHeartbeat: HeartbeatListener = (heartbeat) => {
    const kind = heartbeat.served.document.kind === 'db' ? 'db_server' : 'app_server';
    if (kinds.has(kind)) queue.add(() => heartbeatEvent(heartbeat, telling()));
  };
  const stops = [store.onChange(onChange), heartbeats.onChange(onHeartbeat)];
  return () => stops.forEach((stop) => void stop());
}
