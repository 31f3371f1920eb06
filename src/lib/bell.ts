import type { Clock } from './clock.ts';

/** Wakes one sleeper early. A ring that nobody waits for is kept for the next wait, so none is lost. */
export class Bell {
  #rung = new AbortController();

  ring(): void {
    this.#rung.abort();
  }

  /** Sleeps for `ms` milliseconds, or until the bell rings. */
  async wait(clock: Clock, ms: number): Promise<void> {
    await clock.sleep(ms, this.#rung.signal);
    if (this.#rung.signal.aborted) this.#rung = new AbortController();
  }
}
