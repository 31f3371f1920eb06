import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { TeleportError } from '../teleport/error.ts';
import type { Server, TeleportEvent } from '../teleport/event.ts';
import type { Teleport } from '../teleport/teleport.ts';
import { backoff } from './retry.ts';

/** Who wants to be told. */
export interface Listener {
  told(event: TeleportEvent): void;
  /** Every agent that offers something at this moment. */
  servedBy(servers: readonly Server[]): void;
  /** Nothing is told until the stream opens again. */
  deaf(): void;
}

export interface WatchParts {
  readonly teleport: Teleport;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Hands on what Teleport tells, for as long as the signal lets it. A lost stream is opened again, later and
 * later; the sweeps go on meanwhile. Resolves when the signal is aborted, and at once where the transport
 * cannot be watched.
 */
export async function watch(parts: WatchParts, listener: Listener, signal: AbortSignal): Promise<void> {
  const { teleport, clock, log } = parts;
  let failures = 0;
  while (!signal.aborted && teleport.watch !== undefined) {
    const { error, wasOpen } = await listen(teleport, listener, signal);
    if (signal.aborted) return;
    log.debug({ code: error?.code }, `Teleport does not tell of changes. ${error?.message ?? ''}`);
    listener.deaf();
    failures = wasOpen ? 1 : failures + 1;
    await clock.sleep(backoff(failures, clock.random()), signal);
  }
}

/** Hands on what one stream tells; answers why it ended, and whether it told anything. */
async function listen(
  teleport: Teleport,
  listener: Listener,
  signal: AbortSignal,
): Promise<{ error: TeleportError | undefined; wasOpen: boolean }> {
  let wasOpen = false;
  try {
    for await (const event of teleport.watch?.(signal) ?? []) {
      wasOpen = true;
      listener.told(event);
      if (event.kind === 'opened') listener.servedBy((await teleport.served?.(signal)) ?? []);
    }
    return { error: undefined, wasOpen };
  } catch (error) {
    if (signal.aborted || error instanceof TeleportError) {
      return { error: error instanceof TeleportError ? error : undefined, wasOpen };
    }
    throw error;
  }
}
