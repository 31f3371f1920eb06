import { subject } from '../teleport/teleport.ts';
import type { Audience, CompleteLook, Occasion } from './audience.ts';
import { describe } from './describe.ts';
import type { Status } from './status.ts';

/** A change that was carried out, or refused. */
export interface PastChange {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly what: string;
  readonly resource: string;
  /** Undefined: it was carried out. */
  readonly refusal: string | undefined;
}

const MOST_CHANGES = 50;

/** What was done lately, and what the last complete look decided: kept for whoever looks at the page. */
export class History implements Audience {
  readonly #onNews: () => void;
  #changes: readonly PastChange[] = [];
  #plan: readonly string[] = [];

  /** `onNews` is told whenever something may look different. */
  constructor(onNews: () => void) {
    this.#onNews = onNews;
  }

  /** The newest first. */
  get changes(): readonly PastChange[] {
    return this.#changes;
  }

  /** Of the last complete look; what was held is marked so. */
  get plan(): readonly string[] {
    return this.#plan;
  }

  looked({ deeds, decision }: CompleteLook, _status: Status, { now }: Occasion): void {
    const fresh = deeds.map(
      ({ planned, outcome }): PastChange => ({
        at: now,
        what: describe(planned),
        resource: subject(planned.change).name,
        refusal: outcome.ok ? undefined : outcome.error.message,
      }),
    );
    this.#changes = [...fresh.reverse(), ...this.#changes].slice(0, MOST_CHANGES);
    this.#plan = [
      ...decision.due.map(describe),
      ...decision.held.map((change) => `held: ${describe(change)}`),
    ];
    this.#onNews();
  }

  remark(): void {
    this.#onNews();
  }

  blinded(): void {
    this.#onNews();
  }
}
