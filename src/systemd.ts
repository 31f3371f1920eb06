/**
 * What systemd wants to be told (sd_notify(3)): that the service is ready, that it is alive, that it ends. Node has no
 * datagram sockets of the kind that this takes, so systemd's own `systemd-notify` sends it. Where no systemd asked,
 * nothing happens.
 */
import { execa } from 'execa';
import type { Clock } from './lib/clock.ts';
import type { Log } from './lib/log.ts';

export interface SystemdParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
}

const WITHIN_MS = 5_000;

/** Resolves when the signal is aborted. Failing to tell is logged once and is no reason to stop. */
export async function tellSystemd({ env, clock, log }: SystemdParts, signal: AbortSignal): Promise<void> {
  const { NOTIFY_SOCKET, PATH = '/usr/bin:/bin' } = env;
  if (!NOTIFY_SOCKET) return;
  const tell = async (...words: readonly string[]) => {
    const settings = {
      env: { PATH, NOTIFY_SOCKET },
      extendEnv: false,
      timeout: WITHIN_MS,
      reject: false,
    } as const;
    const { failed, shortMessage } = await execa('systemd-notify', words, settings);
    if (failed) log.warn({ words }, `systemd could not be told: ${shortMessage}`);
    return !failed;
  };
  let isHeard = await tell('--ready', '--status=Keeping Teleport in step.');
  const everyMs = watchdogMs(env['WATCHDOG_USEC']);
  while (isHeard && !signal.aborted) {
    await clock.sleep(everyMs, signal);
    if (!signal.aborted && everyMs < NEVER_MS) isHeard = await tell('WATCHDOG=1');
  }
  if (isHeard) await tell('STOPPING=1');
}

/** Longer than any service runs, and as long as a timer can be. */
const NEVER_MS = 2 ** 31 - 1;

/** A third of what systemd bears: one word may be late, or lost. */
function watchdogMs(microseconds: string | undefined): number {
  const limit = Number(microseconds);
  return Number.isFinite(limit) && limit > 0 ? Math.max(1_000, limit / 3_000) : NEVER_MS;
}
