/**
 * Teleport by its API where that can be reached, else by tctl. It changes over only between lists, when one
 * transport has failed and the other has just answered, and goes back later and later, so it never flaps.
 */
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { TeleportError, type TeleportErrorCode } from './error.ts';
import type { TeleportEvent } from './event.ts';
import type { Resource } from './resource.ts';
import type { Teleport } from './teleport.ts';

export interface EitherOptions {
  readonly api: Required<Teleport>;
  readonly tctl: Teleport;
  readonly clock: Clock;
  readonly log: Log;
}

/** A restart of Teleport takes less; then the same transport is the right one. */
const PATIENCE_MS = 60_000;
const FIRST_RETURN_MS = 5 * 60_000;
const LONGEST_RETURN_MS = 3_600_000;

/** What the identity lacks, it lacks for both transports. */
const ABOUT_THE_IDENTITY: ReadonlySet<TeleportErrorCode> = new Set([
  'identity-expired',
  'identity-missing',
  'identity-invalid',
]);

export function openEither(options: EitherOptions): Teleport {
  const either = new Either(options);
  return {
    get transport() {
      return either.transport;
    },
    list: (signal) => either.list(signal),
    apply: (changes, signal) => either.current.apply(changes, signal),
    watch: (signal) => either.watch(signal),
    served: (signal) => options.api.served(signal),
    async close() {
      await Promise.all([options.api.close(), options.tctl.close()]);
    },
  };
}

class Either {
  readonly #options: EitherOptions;
  #isOnTctl = false;
  #tryTctlAt: number | undefined;
  #hasListed = false;
  #returnMs = FIRST_RETURN_MS;
  #returnAt = 0;

  constructor(options: EitherOptions) {
    this.#options = options;
  }

  get current(): Teleport {
    return this.#isOnTctl ? this.#options.tctl : this.#options.api;
  }

  get transport(): string {
    return this.current.transport;
  }

  async list(signal?: AbortSignal): Promise<Resource[]> {
    const { api, tctl, clock } = this.#options;
    if (this.#isOnTctl && clock.now() < this.#returnAt) return tctl.list(signal);
    try {
      const resources = await api.list(signal);
      this.#useApi();
      return resources;
    } catch (error) {
      if (!(error instanceof TeleportError)) throw error;
      return this.#insteadOfApi(error, signal);
    }
  }

  /** Only the API can be watched; while tctl is used there is nothing to hear. */
  async *watch(signal: AbortSignal): AsyncGenerator<TeleportEvent> {
    if (this.#isOnTctl) throw new TeleportError('unreachable', 'Teleport cannot be watched through tctl.');
    for await (const event of this.#options.api.watch(signal)) {
      yield event;
      if (this.#isOnTctl) return;
    }
  }

  async #insteadOfApi(error: TeleportError, signal?: AbortSignal): Promise<Resource[]> {
    const { tctl } = this.#options;
    if (this.#isOnTctl) this.#stay();
    else if (ABOUT_THE_IDENTITY.has(error.code) || this.#isPatient()) throw error;
    const resources = await tctl.list(signal).catch((other: unknown) => {
      throw this.#isOnTctl || !(other instanceof TeleportError) ? other : error;
    });
    this.#useTctl(error);
    return resources;
  }

  /** Whether the API has not failed for long enough to try tctl; then that is tried once in a while. */
  #isPatient(): boolean {
    const now = this.#options.clock.now();
    // Where the API never answered there is no restart to wait for.
    this.#tryTctlAt ??= this.#hasListed ? now + PATIENCE_MS : now;
    if (now < this.#tryTctlAt) return true;
    this.#tryTctlAt = now + PATIENCE_MS;
    return false;
  }

  #useApi(): void {
    if (this.#isOnTctl) this.#options.log.info({}, "Teleport's API can be reached again: going on with it.");
    this.#isOnTctl = false;
    this.#hasListed = true;
    this.#tryTctlAt = undefined;
  }

  #useTctl(error: TeleportError): void {
    if (this.#isOnTctl) return;
    this.#options.log.warn(
      { code: error.code },
      `Using tctl, because Teleport's API cannot be reached: ${error.message} The API is tried again in ` +
        `${this.#returnMs / 60_000} minutes.`,
    );
    this.#isOnTctl = true;
    this.#stay();
  }

  #stay(): void {
    this.#returnAt = this.#options.clock.now() + this.#returnMs;
    this.#returnMs = Math.min(this.#returnMs * 2, LONGEST_RETURN_MS);
  }
}
