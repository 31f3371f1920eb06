import type { Run } from './host.ts';

/** What is waited for is often done within a second; later a look each second will do. */
const FIRST_PAUSES_MS = [200, 300, 500];
const PAUSE_MS = 1_000;

export interface Wait {
  /** What is waited for, for the line that a terminal shows meanwhile. */
  readonly what: string;
  readonly limitMs: number;
  readonly run: Run;
}

/**
 * Looks again and again until there is an answer, or resolves with undefined when the time is up. Rejects
 * with the reason of the run's signal once that is aborted.
 */
export async function waitFor<T>(
  look: () => Promise<T | undefined>,
  { what, limitMs, run }: Wait,
): Promise<T | undefined> {
  const { clock, signal, stderr } = run;
  const start = clock.now();
  const elapsed = () => clock.now() - start;
  const show = (text: string) => stderr.isTTY === true && stderr.write(`\r\u001b[K${text}`);
  const pauses = [...FIRST_PAUSES_MS];
  try {
    while (elapsed() < limitMs) {
      show(`Waiting for ${what}: ${Math.round(elapsed() / 1_000)} s`);
      const found = await look();
      if (found !== undefined) return found;
      await clock.sleep(Math.min(pauses.shift() ?? PAUSE_MS, limitMs - elapsed()), signal);
      signal.throwIfAborted();
    }
    return undefined;
  } finally {
    show('');
  }
}
