import type { Clock } from '../../lib/clock.ts';
import type { Store } from './store.ts';

/** A nap without an end in sight is cut into pieces that a timer can hold. */
const LONGEST_NAP_MS = 3600_000;

/** Lets the store catch up whenever something is due, so that its listeners hear of it in time. */
export async function keepPace(store: Store, clock: Clock, signal: AbortSignal): Promise<void> {
  let nap = new AbortController();
  let end = Number.POSITIVE_INFINITY;
  const wake = () => nap.abort();
  const unsubscribe = store.onChange(() => {
    if ((store.nextDue() ?? end) < end) wake();
  });
  signal.addEventListener('abort', wake);
  while (!signal.aborted) {
    nap = new AbortController();
    end = Math.min(store.nextDue() ?? Number.POSITIVE_INFINITY, clock.now() + LONGEST_NAP_MS);
    await clock.sleep(end - clock.now(), nap.signal);
    store.settle();
  }
  signal.removeEventListener('abort', wake);
  unsubscribe();
}
