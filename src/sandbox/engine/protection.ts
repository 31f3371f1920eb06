import { z } from 'zod';
import { badRequest } from './refusal.ts';
import { wholeSeconds } from './time.ts';

/** What keeps a snapshot or a branch from being deleted, or has it deleted at some time. */
export interface Protection {
  readonly protected: boolean;
  /** Milliseconds since the epoch; undefined means for ever. */
  readonly till?: number;
  readonly deleteAt?: number;
}

export const UNPROTECTED: Protection = { protected: false };

/** Body of a PATCH. An absent field says "as it is", other than for clones. */
export const protectionUpdate = z.object({
  protected: z.boolean().nullish(),
  protectionDurationMinutes: z.int().min(0).nullish(),
  deleteAt: z.iso.datetime({ offset: true }).nullish(),
});

/** The two exclude each other: each one that is set clears the other. Throws a `Refusal`. */
export function updated(
  before: Protection,
  wanted: z.output<typeof protectionUpdate>,
  now: number,
): Protection {
  const { protected: on, protectionDurationMinutes: minutes, deleteAt } = wanted;
  if (on == null && deleteAt == null) {
    throw badRequest('nothing to update: specify protected or deleteAt');
  }
  if (on && deleteAt != null) {
    throw badRequest('cannot enable protection and schedule deletion at the same time');
  }
  if (on) return { protected: true, ...(minutes ? { till: now + minutes * 60_000 } : {}) };
  if (deleteAt != null) return { protected: false, deleteAt: Date.parse(deleteAt) };
  const { deleteAt: kept } = before;
  return { protected: false, ...(kept === undefined ? {} : { deleteAt: kept }) };
}

export function isKept({ protected: on, till }: Protection, now: number): boolean {
  return on && (till === undefined || till > now);
}

export function protectionView({ protected: on, till, deleteAt }: Protection) {
  return {
    protected: on,
    ...(till === undefined ? {} : { protectedTill: wholeSeconds(till) }),
    ...(deleteAt === undefined ? {} : { deleteAt: wholeSeconds(deleteAt) }),
  };
}
