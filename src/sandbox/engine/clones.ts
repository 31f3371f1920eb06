import type { Clock } from '../../lib/clock.ts';
import { type CloneRecord, isProtected, protectionEnd, statusOf } from './clone.ts';
import type { CloneOrder } from './order.ts';
import { badRequest, internalError } from './refusal.ts';
import type { SnapshotRecord } from './repository.ts';
import { type CloneWorld, openSteps } from './steps.ts';
import { openWork } from './work.ts';

/**
 * The life of clones, as the Engine lives it. Every order is accepted at once and carried out in the
 * background, one step after the other for one clone.
 *
 *   create   CREATING -> OK, event        | FATAL: stays listed, without a port, no event
 *   reset    RESETTING -> OK, event       | FATAL: keeps its port
 *   destroy  DELETING -> port free -> gone -> event
 *            CREATING or FATAL on creation: gone at once, no event. A creation that was under way runs on:
 *            its port stays taken and its create event is sent, for a clone that nobody can look up.
 */
export interface Clones {
  /** Newest first. */
  list(): readonly CloneRecord[];
  get(id: string): CloneRecord | undefined;
  create(order: CloneOrder, snapshot: SnapshotRecord): CloneRecord;
  reset(id: string, how?: Reset): void;
  protect(id: string, on: boolean, minutes: number | undefined): CloneRecord;
  destroy(id: string): void;
  /** Resolves when nothing happens to the clone any more; at once for a clone that is gone. */
  settled(id: string): Promise<void>;
  /** Resolves when all background work has ended. */
  idle(): Promise<void>;
}

export interface Reset {
  /** The same one unless given. */
  readonly snapshot?: SnapshotRecord;
  /** The database comes back at another port. */
  readonly moved?: boolean;
}

export function openClones(world: CloneWorld): Clones {
  const { clock } = world;
  const records = new Map<string, CloneRecord>();
  const steps = openSteps(world);
  const work = openWork<CloneRecord>();

  function background(clone: CloneRecord, task: () => Promise<void>): void {
    work.add(clone, task, (error) => {
      clone.status = { code: 'FATAL', message: error instanceof Error ? error.message : String(error) };
    });
  }

  function existing(id: string, complaint: string): CloneRecord {
    const clone = records.get(id);
    if (clone === undefined) throw internalError(complaint);
    return clone;
  }

  function forget(clone: CloneRecord): void {
    records.delete(clone.id);
    clone.snapshot.clones.delete(clone.id);
  }

  return {
    list: () => [...records.values()].reverse(),
    get: (id) => records.get(id),

    create(order, snapshot) {
      const clone = newClone(order, snapshot, clock);
      if (records.has(clone.id)) throw badRequest(`clone with ID "${clone.id}" already exists`);
      records.set(clone.id, clone);
      snapshot.clones.add(clone.id);
      background(clone, () => steps.bringUp(clone));
      return clone;
    },

    reset(id, { snapshot, moved = false } = {}) {
      const clone = existing(id, 'the clone not found');
      if (clone.port === undefined) throw internalError('clone is not started yet');
      clone.status = statusOf('RESETTING');
      background(clone, async () => {
        await steps.bringBack(clone, moved);
        if (snapshot !== undefined) standOn(snapshot, clone);
      });
    },

    protect(id, on, minutes) {
      const clone = existing(id, 'clone not found');
      clone.protected = on;
      clone.protectedTill = on ? protectionEnd(clock.now(), minutes) : undefined;
      return clone;
    },

    destroy(id) {
      const clone = existing(id, 'clone not found');
      if (isProtected(clone, clock.now()) && clone.status.code !== 'FATAL') {
        throw internalError('clone is protected');
      }
      if (clone.port === undefined) forget(clone);
      else if (clone.status.code !== 'DELETING') {
        clone.status = statusOf('DELETING');
        background(clone, () => steps.takeDown(clone, () => forget(clone)));
      }
    },

    async settled(id) {
      const clone = records.get(id);
      if (clone !== undefined) await work.settled(clone);
    },
    idle: work.idle,
  };
}

function standOn(snapshot: SnapshotRecord, clone: CloneRecord): void {
  clone.snapshot.clones.delete(clone.id);
  snapshot.clones.add(clone.id);
  clone.snapshot = snapshot;
}

function newClone(order: CloneOrder, snapshot: SnapshotRecord, clock: Clock): CloneRecord {
  const now = clock.now();
  return {
    id: order.id || newId(clock),
    order,
    createdAt: now,
    snapshot,
    status: statusOf('CREATING'),
    port: undefined,
    protected: order.protected,
    protectedTill: order.protected ? protectionEnd(now, order.protectionDurationMinutes) : undefined,
    cloningSeconds: 0,
  };
}

/** Like the Engine's own ids: 20 characters of 0-9 and a-v. */
function newId(clock: Clock): string {
  return Array.from({ length: 20 }, () => Math.floor(clock.random() * 32).toString(32)).join('');
}
