import { follow } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';

/** Somebody took longer than they had. */
export class Late extends Error {
  override readonly name = 'Late';
}

export interface Patience {
  readonly clock: Clock;
  readonly ms: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the task with a signal that is aborted when the time is up. Rejects with a `Late` then, with the
 * reason of `patience.signal` once that is aborted, else as the task does.
 */
export async function within<T>(
  { clock, ms, signal }: Patience,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const cut = follow(signal);
  const done = new AbortController();
  let late: Late | undefined;
  void clock.sleep(ms, done.signal).then(() => {
    if (done.signal.aborted) return;
    late = new Late(`it took longer than ${ms / 1000} s`);
    cut.controller.abort(late);
  });
  try {
    return await task(cut.controller.signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw late ?? error;
  } finally {
    cut.letGo();
    done.abort();
  }
}
