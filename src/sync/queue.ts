import type { TeleportError } from '../teleport/error.ts';
import { cloneKey } from './change.ts';
import { backoff, type Consequence } from './retry.ts';

/** How long an announced deletion is believed when the clone is then missing from the Engine's list. */
const ANNOUNCED_MS = 60_000;
/** A change that a person has to make possible is not tried more often than this. */
const REPORTED_MS = 60_000;

/**
 * More clones than any Engine has: whoever knows the secret and makes up ids may not fill the memory. A clone whose
 * hint is forgotten is found by the look that the others cause; its removal may be held for a minute.
 */
const MOST_HINTS = 10_000;

/** Which clone to look at. Only an announced deletion says more: that its absence is no accident. */
export interface Hint {
  readonly event: 'create' | 'delete' | 'reset';
  readonly cloneId: string;
}

/** What Teleport does not find it does not show yet: that lasts a second or a few, so it is tried again soon. */
const LAG_TRIES = 20;

/** As often may the same be done within a minute without anybody having asked; then its key has to wait. */
const CALM = 3;
const CALM_MS = 60_000;

/** What was done though nobody hinted at it: what is done again and again, somebody undoes. */
interface Repeated {
  readonly times: number;
  readonly at: number;
}

/** A key whose last change failed. */
export interface Failure {
  readonly key: string;
  readonly error: TeleportError;
  readonly failures: number;
  readonly since: number;
  readonly until: number;
  /** Whether the end of the wait is a reason to look (`again`), or the next sweep will do (`report`). */
  readonly wakes: boolean;
}

/**
 * What is waiting: keys that hints marked (each once, however often it was hinted), deletions that were
 * announced, and keys in backoff. Holds no change: what to do is read from the world when the time comes.
 */
export class Queue {
  readonly #marked = new Map<string, number>();
  readonly #announced = new Map<string, number>();
  readonly #failures = new Map<string, Failure>();
  /** By key, then by what was left behind. */
  readonly #repeated = new Map<string, ReadonlyMap<string, Repeated>>();
  #needed: ReadonlySet<string> = new Set();

  mark({ event, cloneId }: Hint, now: number): void {
    const key = cloneKey(cloneId);
    if (!this.#marked.has(key) && this.#marked.size < MOST_HINTS) this.#marked.set(key, now);
    this.#repeated.delete(key);
    if (event === 'delete' && this.#announced.size < MOST_HINTS) this.#announced.set(cloneId, now);
  }

  /** How many keys are marked and not taken yet. */
  get depth(): number {
    return this.#marked.size;
  }

  /** Hands out the marked keys (with the time of their first hint) and forgets them: marks that follow need another look. */
  take(): ReadonlyMap<string, number> {
    const taken = new Map(this.#marked);
    this.#marked.clear();
    return taken;
  }

  /** Clones whose deletion was announced less than a minute ago. */
  announced(now: number): ReadonlySet<string> {
    for (const [cloneId, at] of this.#announced) {
      if (now - at > ANNOUNCED_MS) this.#announced.delete(cloneId);
    }
    return new Set(this.#announced.keys());
  }

  fail(
    key: string,
    error: TeleportError,
    then: Exclude<Consequence, 'done'>,
    now: number,
    random: number,
  ): void {
    const before = this.#failures.get(key);
    const failures = (before?.failures ?? 0) + 1;
    const isLag = error.code === 'not-found' && failures <= LAG_TRIES;
    const wait = then === 'report' ? REPORTED_MS : backoff(isLag ? 1 : failures, random);
    const since = before?.since ?? now;
    this.#failures.set(key, { key, error, failures, since, until: now + wait, wakes: then === 'again' });
  }

  /** `effect` is what the change left behind. */
  succeed(key: string, effect: string, now: number): void {
    this.#failures.delete(key);
    const lately = this.#lately(key, now);
    const times = (lately.get(effect)?.times ?? 0) + 1;
    this.#repeated.set(key, new Map(lately).set(effect, { times, at: now }));
  }

  /** Keys that are changed again and again, because somebody changes them back. */
  quarrels(now: number): string[] {
    for (const key of this.#repeated.keys()) {
      const lately = this.#lately(key, now);
      if (lately.size === 0) this.#repeated.delete(key);
      else this.#repeated.set(key, lately);
    }
    return [...this.#repeated.keys()].filter((key) => this.#quarrelEnd(key) !== undefined);
  }

  /** What was done within the last minute, either way: the clock may have been set back. */
  #lately(key: string, now: number): ReadonlyMap<string, Repeated> {
    const known = [...(this.#repeated.get(key) ?? [])];
    return new Map(known.filter(([, { at }]) => Math.abs(now - at) < CALM_MS));
  }

  /** The keys that need something; failures of others are forgotten: the world moved on. */
  keepOnly(keys: ReadonlySet<string>): void {
    this.#needed = keys;
    for (const key of this.#failures.keys()) if (!keys.has(key)) this.#failures.delete(key);
  }

  /** The identity changed, so every refusal may be history. */
  tryAllAgain(): void {
    for (const [key, failure] of this.#failures)
      this.#failures.set(key, { ...failure, until: 0, wakes: true });
  }

  isWaiting(key: string, now: number): boolean {
    const failure = this.#failures.get(key);
    // No wait is longer than a minute: what seems to be has seen the clock set back.
    const isFailing = failure !== undefined && failure.until > now && failure.until - now <= REPORTED_MS;
    return isFailing || this.#isQuarrelling(key, now);
  }

  #isQuarrelling(key: string, now: number): boolean {
    const end = this.#quarrelEnd(key);
    return end !== undefined && end > now && end - now <= CALM_MS;
  }

  #quarrelEnd(key: string): number | undefined {
    const quarrels = [...(this.#repeated.get(key)?.values() ?? [])].filter(({ times }) => times > CALM);
    if (quarrels.length === 0) return undefined;
    return Math.max(...quarrels.map(({ times, at }) => at + backoff(times - CALM, 0)));
  }

  failures(): readonly Failure[] {
    return [...this.#failures.values()];
  }

  /** When the next wait ends that is a reason to look, or undefined. */
  nextRetryAt(): number | undefined {
    const quarrels = [...this.#needed].flatMap((key) => this.#quarrelEnd(key) ?? []);
    const times = this.failures().flatMap((failure) => (failure.wakes ? [failure.until] : []));
    times.push(...quarrels);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}
