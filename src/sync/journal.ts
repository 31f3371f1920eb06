import type { EngineError } from '../engine/error.ts';
import type { Log } from '../lib/log.ts';
import type { TeleportError } from '../teleport/error.ts';
import { subject, type Teleport } from '../teleport/teleport.ts';
import type { Audience, CompleteLook, Occasion } from './audience.ts';
import { describe } from './describe.ts';
import type { Deed } from './pass.ts';
import type { Status } from './status.ts';
import { troublesOf } from './trouble.ts';

/**
 * What passes tell the log: a line per change, a line when something starts to be wrong and when it is
 * right again, and nothing on a quiet day. What has not changed since the last pass is not said twice.
 */
export class Journal implements Audience {
  readonly #log: Log;
  readonly #teleport: Pick<Teleport, 'transport'>;
  #blindness: string | undefined;
  #said = new Set<string>();

  constructor(log: Log, teleport: Pick<Teleport, 'transport'>) {
    this.#log = log;
    this.#teleport = teleport;
  }

  looked(
    { decision, deeds, durationMs }: CompleteLook,
    status: Status,
    { why, hinted, now }: Occasion,
  ): void {
    if (this.#blindness !== undefined) this.#log.info({}, 'The Engine and Teleport can be read again.');
    this.#blindness = undefined;
    this.#log.debug({ why, durationMs, changes: deeds.length, clones: decision.clones.length }, 'Looked.');
    for (const deed of deeds) this.#did(deed, hinted.get(deed.planned.key), now);
    this.remark(status);
  }

  /** Says what is wrong and was not wrong the last time. */
  remark(status: Status): void {
    const troubles = troublesOf(status);
    for (const sentence of troubles) if (!this.#said.has(sentence)) this.#log.warn({}, sentence);
    this.#said = new Set(troubles);
  }

  blinded(error: EngineError | TeleportError): void {
    if (this.#blindness === error.code) return;
    this.#blindness = error.code;
    this.#log.error({ code: error.code }, error.message);
  }

  #did({ planned, outcome, durationMs }: Deed, hintedAt: number | undefined, now: number): void {
    if (!outcome.ok) return;
    const facts = {
      clone: planned.cloneId,
      resource: subject(planned.change).name,
      reason: planned.reason,
      transport: this.#teleport.transport,
      durationMs,
      ...(hintedAt === undefined ? {} : { sinceHintMs: now - hintedAt }),
    };
    // A renewed lease is no news.
    this.#log[planned.reason === 'lease' ? 'debug' : 'info'](facts, describe(planned));
    if (planned.diff.some((it) => it.field === 'labels.dblab_user' && it.actual !== undefined)) {
      this.#log.warn(
        facts,
        'The label dblab_user was rewritten: roles that match it now admit other people.',
      );
    }
  }
}
