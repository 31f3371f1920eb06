import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import type { Clock } from '../../lib/clock.ts';

const STALE_MS = 3_000;
const PATIENCE_MS = 10_000;
const PAUSE_MS = 20;

/** Somebody else holds the lock for longer than anybody should. */
export class LockHeld extends Error {
  override readonly name = 'LockHeld';
}

/**
 * Does `work` while no other process does the same for this file. The work takes milliseconds and waits for
 * nothing, so a lock of more than three seconds was left behind by a process that was killed. Throws
 * `LockHeld`, or the system's error.
 */
export async function withLock<T>(
  path: string,
  clock: Clock,
  signal: AbortSignal,
  work: () => T,
): Promise<T> {
  const start = clock.now();
  while (!taken(path)) {
    if (isStale(path, clock.now())) rmSync(path, { force: true });
    else if (clock.now() - start > PATIENCE_MS) throw new LockHeld(path);
    else await clock.sleep(PAUSE_MS, signal);
    signal.throwIfAborted();
  }
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

function taken(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(path: string, now: number): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && Math.abs(now - stat.mtimeMs) > STALE_MS;
}
