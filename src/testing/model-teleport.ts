import { Bell } from '../lib/bell.ts';
import type { Clock } from '../lib/clock.ts';
import { TeleportError, type TeleportErrorCode } from '../teleport/error.ts';
import type { TeleportEvent } from '../teleport/event.ts';
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
  /** Runs between the making of a list and its answer. */
  duringList: () => void = () => {};
  /** Whether it can be watched, as the API can and tctl cannot. */
  readonly watch?: (signal: AbortSignal) => AsyncIterable<TeleportEvent>;
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: TeleportEvent | TeleportError) => void>();
  readonly #cache = new Map<
    string,
    { readonly resource: Resource | undefined; readonly visibleAt: number }[]
  >();

  constructor(clock: Clock, resources: readonly Resource[] = [], isWatchable = false) {
    this.#clock = clock;
    if (isWatchable) this.watch = (signal) => this.#events(signal);
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

  /** Tells those who watch; an error ends their streams. */
  tell(event: TeleportEvent | TeleportError): void {
    for (const listener of this.#listeners) listener(event);
  }

  names(): string[] {
    return [...this.backend.keys()].sort();
  }

  async list(): Promise<Resource[]> {
    this.lists += 1;
    if (this.down !== undefined) throw new TeleportError(this.down, `Teleport: ${this.down}.`);
    const listed = [...this.#cache.keys()].flatMap((name) => this.#cached(name) ?? []);
    this.duringList();
    return listed;
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
    // The cache follows the backend in order: nothing shows before what was written earlier.
    const visibleAt = Math.max(this.#clock.now() + lagMs, versions.at(-1)?.visibleAt ?? 0);
    this.#cache.set(name, [...versions, { resource, visibleAt }]);
    const [kind = '', bare = ''] = name.split('/');
    const of = kind === 'app' ? 'app' : 'db';
    void this.#clock
      .sleep(visibleAt - this.#clock.now())
      .then(() => this.tell(resource ? { kind: 'put', resource } : { kind: 'delete', of, name: bare }));
  }

  async *#events(signal: AbortSignal): AsyncGenerator<TeleportEvent> {
    const heard: (TeleportEvent | TeleportError)[] = [{ kind: 'opened' }];
    const bell = new Bell();
    const listener = (event: TeleportEvent | TeleportError) => {
      heard.push(event);
      bell.ring();
    };
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => bell.ring(), { once: true });
    try {
      while (!signal.aborted) {
        for (const event of heard.splice(0)) {
          if (event instanceof TeleportError) throw event;
          yield event;
        }
        await bell.wait(this.#clock, 3_600_000);
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }

  #cached(name: string): Resource | undefined {
    const visible = (this.#cache.get(name) ?? []).filter((it) => it.visibleAt <= this.#clock.now());
    return visible.at(-1)?.resource;
  }
}
