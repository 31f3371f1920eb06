import { z } from 'zod';
import type { Requests } from './requests.ts';
import { snapshotPath } from './resource-path.ts';

/* Snapshots as the Engine's own documents, with their keys in its order. */

export type SnapshotDocument = z.output<typeof snapshotDocument>;

const snapshotDocument = z.looseObject({
  id: z.string(),
  createdAt: z.string().nullish(),
  dataStateAt: z.string().nullish(),
  physicalSize: z.number().nullish(),
  logicalSize: z.number().nullish(),
  pool: z.string().nullish(),
  numClones: z.number().nullish(),
  clones: z.array(z.string()).nullish(),
  branch: z.string().nullish(),
  message: z.string().nullish(),
  protected: z.boolean().nullish(),
  protectedTill: z.string().nullish(),
});

/** Only here the answer is the storage's own view; it is told like the others. */
const madeOnPool = z
  .looseObject({
    id: z.string(),
    createdAt: z.string().nullish(),
    dataStateAt: z.string().nullish(),
    used: z.number().nullish(),
    logicalReferenced: z.number().nullish(),
    pool: z.string().nullish(),
  })
  .transform(
    ({ id, createdAt, dataStateAt, used, logicalReferenced, pool, ...rest }): SnapshotDocument => ({
      id,
      createdAt,
      dataStateAt,
      physicalSize: used ?? 0,
      logicalSize: logicalReferenced ?? 0,
      pool,
      numClones: 0,
      clones: [],
      ...rest,
      protected: false,
    }),
  );

/** What a protection is changed to; without minutes the Engine's own default holds, 0 is for ever. */
export interface ProtectionChange {
  readonly protected: boolean;
  readonly protectionDurationMinutes?: number;
}

export function readSnapshots({ read }: Requests, signal: AbortSignal): Promise<SnapshotDocument[]> {
  return read({ method: 'GET', path: '/snapshots' }, z.array(snapshotDocument), signal);
}

/** Of the present data of a pool; empty: of the pool that is in use. */
export function takeSnapshot(
  poolName: string,
  { read }: Requests,
  signal: AbortSignal,
): Promise<SnapshotDocument> {
  return read({ method: 'POST', path: '/snapshot', body: line({ poolName }) }, madeOnPool, signal);
}

export function takeSnapshotOfClone(
  clone: { readonly cloneID: string; readonly message: string },
  { read }: Requests,
  signal: AbortSignal,
): Promise<SnapshotDocument> {
  return read({ method: 'POST', path: '/snapshot/clone', body: line(clone) }, snapshotDocument, signal);
}

export function protectSnapshot(
  id: string,
  change: ProtectionChange,
  { read, place }: Requests,
  signal: AbortSignal,
): Promise<SnapshotDocument> {
  const order = { method: 'PATCH', path: snapshotPath(id, place), body: line(change) } as const;
  return read(order, snapshotDocument, signal);
}

/** `force`: also what stands on it. */
export async function deleteSnapshot(
  id: string,
  force: boolean,
  { read, place }: Requests,
  signal: AbortSignal,
): Promise<void> {
  const order = { method: 'DELETE', path: snapshotPath(id, place) } as const;
  await read({ ...order, ...(force && { query: 'force=true' }) }, z.looseObject({}), signal);
}

/** A body as the original sends it. */
function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
