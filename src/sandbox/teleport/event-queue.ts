import { Code, ConnectError } from '@connectrpc/connect';
import type { Event } from '../../teleport/gen/auth_pb.ts';

/** Teleport's own buffer is smaller, but it also fills one change at a time. */
const MAX_WAITING = 50_000;

/** Events on their way to one reader, made into messages only when it takes them. */
export class EventQueue {
  #waiting: (() => Event)[] = [];
  #wake: () => void = () => {};

  add(event: () => Event): void {
    this.#waiting.push(event);
    this.#wake();
  }

  /** Ends with the signal; throws when the reader has fallen too far behind. */
  async *events(signal: AbortSignal): AsyncGenerator<Event> {
    const stop = () => this.#wake();
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        const taken = this.#waiting;
        this.#waiting = [];
        if (taken.length === 0) await this.#nextEvent();
        for (const event of taken) {
          if (signal.aborted) return;
          if (this.#waiting.length > MAX_WAITING) throw new ConnectError('watcher closed', Code.Unavailable);
          yield event();
        }
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #nextEvent(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
