import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { onTestFinished, vi } from 'vitest';
import type { Terminal } from '../cli/host.ts';
import { run } from '../cli/program.ts';
import { type Clock, systemClock } from '../lib/clock.ts';

export interface Typed {
  readonly env?: Readonly<Record<string, string>>;
  readonly home?: string;
  /** Whether a person sits before it. */
  readonly isTTY?: boolean;
  readonly signal?: AbortSignal;
  readonly terminal?: Terminal;
}

export interface Told {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The pauses between two looks are short here; limits, of a second at least, are not. */
const impatient: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms < 1_000 ? 5 : ms, signal),
};

/** Runs one command line in this process, with an empty environment and home unless given. */
export async function dblab(argv: readonly string[], typed: Typed = {}): Promise<Told> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const { isTTY = false } = typed;
  const exit = await run(argv, {
    env: typed.env ?? {},
    home: typed.home ?? '/nonexistent',
    stdout: { isTTY, write: (text) => stdout.push(text) },
    stderr: { isTTY, write: (text) => stderr.push(text) },
    ...(typed.terminal && { terminal: typed.terminal }),
    clock: impatient,
    signal: typed.signal ?? new AbortController().signal,
  });
  return { exit, stdout: stdout.join(''), stderr: stderr.join('') };
}

/** Somebody at a terminal who presses the key when asked. */
export function personWho(key: string): { input: PassThrough; output: PassThrough } {
  const input = new PassThrough();
  const output = new PassThrough();
  output.once('data', () => setImmediate(() => input.write(key)));
  return { input, output };
}

/** A folder of this test's own; sandboxes that run on this machine are not found from it. */
export function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dblab-cli-'));
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  return folder;
}
