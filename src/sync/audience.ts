import type { EngineError } from '../engine/error.ts';
import type { TeleportError } from '../teleport/error.ts';
import type { PassReport } from './pass.ts';
import type { Why } from './schedule.ts';
import type { Status } from './status.ts';

export type CompleteLook = Extract<PassReport, { ok: true }>;

export interface Occasion {
  readonly why: Why;
  /** The keys that webhooks named, with the time of the first hint for each. */
  readonly hinted: ReadonlyMap<string, number>;
  readonly now: number;
}

/** Who is told what the loop sees and does: the log, metrics, the page. None of them changes what it does. */
export interface Audience {
  looked(look: CompleteLook, status: Status, occasion: Occasion): void;
  /** Nothing new was seen, but time has passed. */
  remark(status: Status): void;
  blinded(error: EngineError | TeleportError, status: Status): void;
}

/** Tells all of them, in this order. */
export function everybody(...audience: readonly Audience[]): Audience {
  return {
    looked: (...told) => audience.forEach((it) => void it.looked(...told)),
    remark: (status) => audience.forEach((it) => void it.remark(status)),
    blinded: (...told) => audience.forEach((it) => void it.blinded(...told)),
  };
}
