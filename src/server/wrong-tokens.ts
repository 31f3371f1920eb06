import type { Clock } from '../lib/clock.ts';

/** So many wrong secrets of one address are borne at once, as when a burst meets a secret that was just replaced. */
const BORNE = 100;
/** After this one more is borne. */
const FORGIVEN_MS = 1_000;
/** Addresses that are remembered; beyond it the one that has been quiet for longest is forgotten. */
const REMEMBERED = 1_000;

/**
 * How often each address came with a wrong secret: 100 at once and one a second (a leaky bucket). Who has
 * exhausted that is not listened to, so that nobody tries more than 86,500 secrets a day.
 */
export class WrongTokens {
  readonly #clock: Clock;
  /** When all of an address will be forgiven. */
  readonly #forgivenAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isExhausted(address: string): boolean {
    return this.#debtOf(address) > (BORNE - 1) * FORGIVEN_MS;
  }

  count(address: string): void {
    const forgivenAt = this.#clock.now() + this.#debtOf(address) + FORGIVEN_MS;
    this.#forgivenAt.delete(address);
    this.#forgivenAt.set(address, forgivenAt);
    const [quietest] = this.#forgivenAt.keys();
    if (this.#forgivenAt.size > REMEMBERED && quietest !== undefined) this.#forgivenAt.delete(quietest);
  }

  /** Milliseconds until all is forgiven. More than can be owed has seen the clock set back. */
  #debtOf(address: string): number {
    const debt = Math.max(0, (this.#forgivenAt.get(address) ?? 0) - this.#clock.now());
    return debt <= BORNE * FORGIVEN_MS ? debt : 0;
  }
}
