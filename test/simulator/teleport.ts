import { Bell } from '../../src/lib/bell.ts';
import { TeleportError, type TeleportErrorCode } from '../../src/teleport/error.ts';
import type { TeleportEvent } from '../../src/teleport/event.ts';
import { type Resource, reference } from '../../src/teleport/resource.ts';
import { type Change, type Outcome, subject, type Teleport } from '../../src/teleport/teleport.ts';
import type { SimClock } from './clock.ts';

/** A change as it reached the backend, by whom. */
export interface Written {
  readonly by: string;
  readonly change: Change;
  readonly answer: 'ok' | TeleportErrorCode;
  /** What the backend held before. */
  readonly before: Resource | undefined;
}

interface Version {
  readonly resource: Resource | undefined;
  readonly visibleAt: number;
}

/**
 * A model of Teleport: creates go straight to the backend, everything else looks into a cache first that shows a
 * write only after a while; watchers are told when it shows.
 */
export class SimTeleport {
  readonly backend = new Map<string, Resource>();
  lagMs = 600;
  slowMs = 0;
  /** What every call is answered with instead. */
  failure: TeleportErrorCode | undefined;
  onWrite: (written: Written) => void = () => {};
  readonly #clock: SimClock;
  readonly #cache = new Map<string, Version[]>();
  readonly #watchers = new Set<(event: TeleportEvent | TeleportError) => void>();

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** The port as one sidecar has it. */
  open(by: string, isWatchable: boolean): Teleport {
    return {
      transport: 'model',
      list: () => this.#list(),
      apply: (changes) => this.#apply(by, changes),
      ...(isWatchable && { watch: (signal: AbortSignal) => this.#watch(signal) }),
      close: async () => {},
    };
  }

  /** Somebody else's write, which no look goes before. */
  put(resource: Resource): void {
    this.backend.set(reference(resource), resource);
    this.#show(reference(resource), resource);
  }

  remove(name: string): void {
    if (!this.backend.delete(name)) return;
    this.#show(name, undefined);
  }

  /** Those who listen have to open their streams again. */
  cutStreams(): void {
    for (const tell of [...this.#watchers]) tell(new TeleportError('unreachable', 'The stream was cut.'));
  }

  async #list(): Promise<Resource[]> {
    const listed = [...this.#cache.keys()].flatMap((name) => this.#cached(name) ?? []);
    await this.#answer();
    return listed;
  }

  async #apply(by: string, changes: readonly Change[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const change of changes) {
      const name = reference(subject(change));
      const before = this.backend.get(name);
      const answer = this.failure ?? this.#carryOut(change, name);
      this.onWrite({ by, change, answer, before });
      outcomes.push(
        answer === 'ok'
          ? { ok: true }
          : { ok: false, error: new TeleportError(answer, `Teleport: ${answer}.`) },
      );
    }
    await this.#clock.sleep(this.slowMs);
    return outcomes;
  }

  async #answer(): Promise<void> {
    const { failure } = this;
    await this.#clock.sleep(this.slowMs);
    if (failure !== undefined) throw new TeleportError(failure, `Teleport: ${failure}.`);
  }

  #carryOut(change: Change, name: string): 'ok' | TeleportErrorCode {
    if (change.action === 'create') {
      if (this.backend.has(name)) return 'already-exists';
    } else if (this.#cached(name) === undefined || !this.backend.has(name)) return 'not-found';
    if (change.action === 'delete') this.remove(name);
    else this.put(change.resource);
    return 'ok';
  }

  #show(name: string, resource: Resource | undefined): void {
    const versions = this.#cache.get(name) ?? [];
    const visibleAt = Math.max(this.#clock.now() + this.lagMs, versions.at(-1)?.visibleAt ?? 0);
    // Of what shows already only the newest is ever asked for.
    const shown = versions.findLastIndex((version) => version.visibleAt <= this.#clock.now());
    this.#cache.set(name, [...versions.slice(Math.max(0, shown)), { resource, visibleAt }]);
    const [kind = '', bare = ''] = name.split('/');
    const event: TeleportEvent = resource
      ? { kind: 'put', resource }
      : { kind: 'delete', of: kind === 'app' ? 'app' : 'db', name: bare };
    void this.#clock.sleep(visibleAt - this.#clock.now()).then(() => {
      for (const tell of [...this.#watchers]) tell(event);
    });
  }

  #cached(name: string): Resource | undefined {
    return this.#cache.get(name)?.findLast(({ visibleAt }) => visibleAt <= this.#clock.now())?.resource;
  }

  async *#watch(signal: AbortSignal): AsyncGenerator<TeleportEvent> {
    if (this.failure !== undefined) throw new TeleportError(this.failure, 'Teleport cannot be watched.');
    const heard: (TeleportEvent | TeleportError)[] = [{ kind: 'opened' }];
    const bell = new Bell();
    const tell = (event: TeleportEvent | TeleportError) => {
      heard.push(event);
      bell.ring();
    };
    const wake = () => bell.ring();
    this.#watchers.add(tell);
    signal.addEventListener('abort', wake, { once: true });
    try {
      while (!signal.aborted) {
        for (const event of heard.splice(0)) {
          if (event instanceof TeleportError) throw event;
          yield event;
        }
        await bell.wait(this.#clock, 3_600_000);
      }
    } finally {
      this.#watchers.delete(tell);
      signal.removeEventListener('abort', wake);
    }
  }
}
