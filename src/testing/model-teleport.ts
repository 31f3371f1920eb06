import type { Clock } from '../lib/clock.ts';
import { TeleportError, type TeleportErrorCode } from '../teleport/error.ts';
import { type Resource, reference } from '../teleport/resource.ts';
import { type Change, type Outcome, subject, type Teleport } from '../teleport/teleport.ts';

/**
 * Teleport as a value, for tests of the loop: creates go straight to the backend, everything else looks
 * into a cache that shows a write only after `lagMs`.
 */
export class ModelTeleport implements Teleport {
  readonly transport = 'model';
  readonly backend = new Map<string, Resource>();
  /** Every change that was asked for and what came of it. */
  readonly history: { readonly change: Change; readonly answer: 'ok' | TeleportErrorCode }[] = [];
  lists = 0;
  lagMs = 1_000;
  /** Answers a change with an error instead of carrying it out. */
  refuse: (change: Change) => TeleportErrorCode | undefined = () => undefined;
  /** Makes lists fail. */
  down: TeleportErrorCode | undefined;
  /** Runs between the start of a list and its answer. */
  duringList: () => void = () => {};
  readonly #clock: Clock;
  readonly #cache = new Map<
    string,
    { readonly resource: Resource | undefined; readonly visibleAt: number }[]
  >();

  constructor(clock: Clock, resources: readonly Resource[] = []) {
    this.#clock = clock;
    for (const resource of resources) this.put(resource, 0);
  }

  /** A write by somebody else (or, without `lagMs`, one as slow as ours). */
  put(resource: Resource, lagMs = this.lagMs): void {
    this.backend.set(reference(resource), resource);
    this.#show(reference(resource), resource, lagMs);
  }

  remove(name: string, lagMs = this.lagMs): void {
    this.backend.delete(name);
    this.#show(name, undefined, lagMs);
  }

  names(): string[] {
    return [...this.backend.keys()].sort();
  }

  async list(): Promise<Resource[]> {
    this.lists += 1;
    this.duringList();
    if (this.down !== undefined) throw new TeleportError(this.down, `Teleport: ${this.down}.`);
    return [...this.#cache.keys()].flatMap((name) => this.#cached(name) ?? []);
  }

  async apply(changes: readonly Change[]): Promise<Outcome[]> {
    return changes.map((change) => {
      const answer = this.down ?? this.refuse(change) ?? this.#carryOut(change);
      this.history.push({ change, answer });
      return answer === 'ok'
        ? { ok: true }
        : { ok: false, error: new TeleportError(answer, `Teleport: ${answer}.`) };
    });
  }

  async close(): Promise<void> {}

  #carryOut(change: Change): 'ok' | TeleportErrorCode {
    const name = reference(subject(change));
    if (change.action === 'create') {
      if (this.backend.has(name)) return 'already-exists';
    } else if (this.#cached(name) === undefined || !this.backend.has(name)) return 'not-found';
    if (change.action === 'delete') this.remove(name);
    else this.put(change.resource);
    return 'ok';
  }

  #show(name: string, resource: Resource | undefined, lagMs: number): void {
    const versions = this.#cache.get(name) ?? [];
    this.#cache.set(name, [...versions, { resource, visibleAt: this.#clock.now() + lagMs }]);
  }

  #cached(name: string): Resource | undefined {
    const visible = (this.#cache.get(name) ?? []).filter((it) => it.visibleAt <= this.#clock.now());
    return visible.at(-1)?.resource;
  }
}
