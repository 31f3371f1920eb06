import type { Document, Kind } from './document.ts';
import { byName } from './document.ts';

/** One change of the backend, and who made it. */
export interface Write {
  readonly action: 'create' | 'update' | 'delete' | 'expire';
  readonly kind: Kind;
  readonly name: string;
  readonly user: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What is there after the write; absent when it is gone. */
  readonly document?: Document;
}

/** What somebody sees of the backend: all writes in their order, each some time after it happened. */
export class View {
  readonly #documents: Readonly<Record<Kind, Map<string, Document>>> = { db: new Map(), app: new Map() };
  /** Lists as they were last asked for, until a write shows. */
  readonly #sorted = new Map<Kind, readonly Document[]>();
  #coming: { dueAt: number; write: Write }[] = [];

  /** Announces a write that shows at `dueAt`, or later when an earlier one is still on its way. Answers when. */
  follow(write: Write, dueAt: number): number {
    const inOrder = Math.max(dueAt, this.#coming.at(-1)?.dueAt ?? dueAt);
    this.#coming.push({ dueAt: inOrder, write });
    return inOrder;
  }

  /** Shows what has become due, and answers those writes. */
  settle(now: number): Write[] {
    if ((this.#coming[0]?.dueAt ?? Number.POSITIVE_INFINITY) > now) return [];
    const later = this.#coming.findIndex(({ dueAt }) => dueAt > now);
    const due = this.#coming.splice(0, later < 0 ? this.#coming.length : later).map(({ write }) => write);
    for (const write of due) this.#show(write);
    return due;
  }

  /** No write that is on its way shows later than `latest`. */
  hasten(latest: number): void {
    this.#coming = this.#coming.map(({ dueAt, write }) => ({ dueAt: Math.min(dueAt, latest), write }));
  }

  nextDue(): number | undefined {
    return this.#coming[0]?.dueAt;
  }

  get(kind: Kind, name: string): Document | undefined {
    return this.#documents[kind].get(name);
  }

  /** Sorted by name. */
  list(kind: Kind): readonly Document[] {
    const known = this.#sorted.get(kind);
    if (known !== undefined) return known;
    const sorted = [...this.#documents[kind].values()].sort(byName);
    this.#sorted.set(kind, sorted);
    return sorted;
  }

  #show({ kind, name, document }: Write): void {
    this.#sorted.delete(kind);
    if (document === undefined) this.#documents[kind].delete(name);
    else this.#documents[kind].set(name, document);
  }
}
