import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE_MS } from './figures.ts';

/** The value, or undefined when it does not come within the patience that all measurements share. */
export async function within<T>(coming: Promise<T>): Promise<T | undefined> {
  const enough = new AbortController();
  try {
    return await Promise.race([
      coming,
      sleep(PATIENCE_MS, undefined, { signal: enough.signal }).catch(() => undefined),
    ]);
  } finally {
    enough.abort();
  }
}

export function since(start: number, end: number | undefined): number | undefined {
  return end === undefined ? undefined : end - start;
}
