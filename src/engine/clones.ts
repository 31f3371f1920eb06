import { z } from 'zod';
import type { Secret } from '../lib/secret.ts';
import { clonePath } from './clone-path.ts';
import { notUnderstood } from './failure.ts';
import { readAnswer } from './read.ts';
import type { Order, Requests } from './requests.ts';

/*
 * Clones as the Engine's own documents, with their keys in its order, for the commands that show all of
 * what the Engine says; and the orders that change them. The sidecar reads less, and stricter (clone.ts).
 */

export type CloneDocument = z.output<typeof cloneDocument>;

const cloneDocument = z.looseObject({
  id: z.string(),
  snapshot: z
    .looseObject({
      id: z.string(),
      physicalSize: z.number().nullish(),
      logicalSize: z.number().nullish(),
    })
    .nullish(),
  branch: z.string().nullish(),
  revision: z.number().nullish(),
  protected: z.boolean().nullish(),
  protectedTill: z.string().nullish(),
  deleteAt: z.string().nullish(),
  createdAt: z.string().nullish(),
  status: z.looseObject({ code: z.string(), message: z.string().nullish() }),
  db: z
    .looseObject({
      connStr: z.string().nullish(),
      host: z.string().nullish(),
      port: z.union([z.string(), z.number()]).nullish(),
      username: z.string().nullish(),
      password: z.string().nullish(),
      dbName: z.string().nullish(),
    })
    .nullish(),
  metadata: z
    .looseObject({ cloneDiffSize: z.number().nullish(), logicalSize: z.number().nullish() })
    .nullish(),
});

const instanceDocument = z.object({ cloning: z.object({ clones: z.array(cloneDocument).nullable() }) });

/** Without a duration the Engine's own default holds; 0 means for ever, as far as the Engine allows. */
export interface CloneProtection {
  readonly protected: boolean;
  readonly protectionDurationMinutes?: number;
}

export interface CloneOrder {
  /** Left out: the Engine makes one up. */
  readonly id?: string | undefined;
  readonly username: string;
  readonly password: Secret;
  /** The user gets no superuser's rights. */
  readonly restricted?: boolean | undefined;
  readonly dbName?: string | undefined;
  readonly branch?: string | undefined;
  readonly snapshotId?: string | undefined;
  readonly protection?: CloneProtection | undefined;
  /** PostgreSQL's settings. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface CloneReset {
  /** Empty: the snapshot it has. */
  readonly snapshotID: string;
  readonly latest: boolean;
}

export function readClone(
  id: string,
  { read, place }: Requests,
  signal: AbortSignal,
): Promise<CloneDocument> {
  return read({ method: 'GET', path: clonePath(id, place) }, cloneDocument, signal);
}

/** Every clone of the Engine, newest first. */
export async function readClones({ read }: Requests, signal: AbortSignal): Promise<CloneDocument[]> {
  const { cloning } = await read({ method: 'GET', path: '/status' }, instanceDocument, signal);
  return cloning.clones ?? [];
}

/**
 * Resolves while the clone is still CREATING. Not idempotent: where the error says that the answer was
 * lost, the clone may exist all the same, so ask for its id before asking again.
 */
export function createClone(
  order: CloneOrder,
  { read }: Requests,
  signal: AbortSignal,
): Promise<CloneDocument> {
  return read({ method: 'POST', path: '/clone', body: line(bodyOf(order)) }, cloneDocument, signal);
}

export function protectClone(
  id: string,
  protection: CloneProtection,
  { read, place }: Requests,
  signal: AbortSignal,
): Promise<CloneDocument> {
  const order = { method: 'PATCH', path: clonePath(id, place), body: line(protection) } as const;
  return read(order, cloneDocument, signal);
}

/** Resolves when the Engine has accepted the order: the clone comes back a little later. */
export async function resetClone(
  id: string,
  { snapshotID, latest }: CloneReset,
  requests: Requests,
  signal: AbortSignal,
): Promise<void> {
  const path = `${clonePath(id, requests.place)}/reset`;
  await accepted({ method: 'POST', path, body: line({ snapshotID, latest }) }, requests, signal);
}

/** Resolves when the Engine has accepted the order: the clone goes a little later. */
export async function destroyClone(id: string, requests: Requests, signal: AbortSignal): Promise<void> {
  await accepted({ method: 'DELETE', path: clonePath(id, requests.place) }, requests, signal);
}

/** The Engine says nothing when it accepts. What says something else is no Engine, and did nothing. */
async function accepted(order: Order, { ask, place }: Requests, signal: AbortSignal): Promise<void> {
  const answer = await ask(order, signal);
  if (answer.text.trim() === '') return;
  const reading = readAnswer(answer, z.unknown());
  if ('problem' in reading) throw notUnderstood(reading.problem, `${order.method} ${order.path}`, place);
}

/** Field names as the Engine wants them here (`db_name`; in answers it is `dbName`). */
function bodyOf({ snapshotId, protection = { protected: false }, ...order }: CloneOrder): object {
  return {
    id: order.id ?? '',
    ...protection,
    db: {
      username: order.username,
      password: order.password.reveal(),
      restricted: order.restricted ?? false,
      db_name: order.dbName ?? '',
    },
    snapshot: snapshotId === undefined ? null : { id: snapshotId },
    extra_conf: order.settings ?? {},
    branch: order.branch ?? '',
  };
}

/** A body as the original sends it. */
function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
