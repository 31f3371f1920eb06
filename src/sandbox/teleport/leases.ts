import type { Document } from './document.ts';
import type { Write } from './view.ts';

interface Lease {
  readonly document: Document;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** The documents that will expire. Asked at every turn, it looks through them only when one may be due. */
export class Leases {
  readonly #leases = new Map<string, Lease>();
  /** No lease ends before; one that was renewed or given up may have left it too early. */
  #soonest = Number.POSITIVE_INFINITY;

  /** What was written last decides whether and when its document expires. */
  follow({ kind, name, document }: Write): void {
    const key = `${kind}/${name}`;
    this.#leases.delete(key);
    const expires = document?.metadata.expires;
    if (document === undefined || expires === undefined) return;
    const until = Date.parse(expires);
    this.#leases.set(key, { document, until });
    this.#soonest = Math.min(this.#soonest, until);
  }

  /** When to ask for those that have expired; there may be none then. */
  nextDue(): number | undefined {
    return Number.isFinite(this.#soonest) ? this.#soonest : undefined;
  }

  takeExpired(now: number): Document[] {
    if (this.#soonest > now) return [];
    const expired = [...this.#leases].filter(([, { until }]) => until <= now);
    for (const [key] of expired) this.#leases.delete(key);
    this.#soonest = [...this.#leases.values()].reduce(
      (soonest, { until }) => Math.min(soonest, until),
      Number.POSITIVE_INFINITY,
    );
    return expired.map(([, { document }]) => document);
  }
}
