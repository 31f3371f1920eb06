import type { Run } from './host.ts';

const PAUSE_MS = 500;

export interface Wait {
  /** What is waited for, for the line that a terminal shows meanwhile. */
  readonly what: string;
  readonly limitMs: number;
  readonly run: Run;
}

/** Looks again and again until there is an answer, or resolves with undefined when the time is up. */
export async function waitFor<T>(
  look: () => Promise<T | undefined>,
  { what, limitMs, run }: Wait,
): Promise<T | undefined> {
  const { clock, signal, stderr } = run;
  const start = clock.now();
  const elapsed = () => clock.now() - start;
  const show = (text: string) => stderr.isTTY === true && stderr.write(`\r\u001b[K${text}`);
  try {
    while (elapsed() < limitMs) {
      show(`Waiting for ${what}: ${Math.round(elapsed() / 1_000)} s`);
      const found = await look();
      if (found !== undefined) return found;
      await clock.sleep(Math.min(PAUSE_MS, limitMs - elapsed()), signal);
      signal.throwIfAborted();
    }
    return undefined;
  } finally {
    show('');
  }
}
