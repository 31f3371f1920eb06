import type { CloneOrder } from './order.ts';
import type { SnapshotRecord } from './repository.ts';
import { snapshotOfClone } from './snapshot-view.ts';
import { wholeSeconds } from './time.ts';

/** A clone as the stand-in Engine keeps it. */
export interface CloneRecord {
  readonly id: string;
  readonly order: CloneOrder;
  readonly createdAt: number;
  /** A reset may put it on another one. */
  snapshot: SnapshotRecord;
  status: { readonly code: string; readonly message: string };
  /** Undefined until the clone was ready once: also what tells a failed creation from a later failure. */
  port: number | undefined;
  protected: boolean;
  /** Milliseconds since the epoch; undefined means for ever. */
  protectedTill: number | undefined;
  cloningSeconds: number;
}

const messages = {
  CREATING: 'Clone is being created.',
  OK: 'Clone is ready to accept Postgres connections.',
  RESETTING: 'Clone is being reset.',
  DELETING: 'Clone is being deleted.',
};

export function statusOf(code: keyof typeof messages): CloneRecord['status'] {
  return { code, message: messages[code] };
}

export const PROTECTION_LEASE_MINUTES = 1440;
export const PROTECTION_MAX_MINUTES = 10_080;

/** The object that the API answers with. Ports are strings here; in webhooks they are numbers. */
export function cloneView(clone: CloneRecord, host: string) {
  return {
    id: clone.id,
    snapshot: snapshotOfClone(clone.snapshot, clone.id),
    branch: clone.snapshot.branch,
    revision: 0,
    protected: clone.protected,
    ...(clone.protectedTill === undefined ? {} : { protectedTill: wholeSeconds(clone.protectedTill) }),
    deleteAt: null,
    createdAt: wholeSeconds(clone.createdAt),
    status: clone.status,
    db: databaseView(clone, host),
    metadata: metadataView(clone),
  };
}

function databaseView({ port, order }: CloneRecord, host: string) {
  const dbName = port === undefined ? order.dbName : databaseOf(order);
  return {
    connStr: port === undefined ? '' : `host=${host} port=${port} user=${order.username} dbname=${dbName}`,
    host: port === undefined ? '' : host,
    port: port === undefined ? '' : String(port),
    username: order.username,
    password: '',
    dbName,
    ...(order.owner === '' ? {} : { ownerUser: order.owner }),
  };
}

function metadataView({ port, cloningSeconds }: CloneRecord) {
  if (port === undefined) return { cloneDiffSize: 0, logicalSize: 0, cloningTime: 0, maxIdleMinutes: 0 };
  return {
    cloneDiffSize: 486_400,
    logicalSize: 1_073_750_016,
    cloningTime: cloningSeconds,
    maxIdleMinutes: 120,
    protectionLeaseDurationMinutes: PROTECTION_LEASE_MINUTES,
    protectionMaxDurationMinutes: PROTECTION_MAX_MINUTES,
  };
}

/** Body of a webhook about a clone. Empty fields are left out. */
export function eventOf(
  type: 'clone_create' | 'clone_reset' | 'clone_delete',
  clone: CloneRecord,
  host: string,
) {
  const { order, port } = clone;
  return {
    event_type: type,
    entity_id: clone.id,
    ...(host === '' ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    username: order.username,
    dbname: databaseOf(order),
    ...(type === 'clone_create' && order.owner !== '' ? { owner_user: order.owner } : {}),
    container_name: clone.id,
  };
}

export function isProtected(clone: CloneRecord, now: number): boolean {
  return clone.protected && (clone.protectedTill === undefined || clone.protectedTill > now);
}

/** End of a protection that starts now: no duration means the lease, 0 means as long as is allowed. */
export function protectionEnd(now: number, minutes: number | undefined): number {
  const asked = minutes === undefined ? PROTECTION_LEASE_MINUTES : minutes || PROTECTION_MAX_MINUTES;
  return now + Math.min(asked, PROTECTION_MAX_MINUTES) * 60_000;
}

function databaseOf(order: CloneOrder): string {
  return order.dbName || 'postgres';
}
