/**
 * One run of tctl, without a shell: bounded in time and output, stopped at once when its caller is. It
 * promises the facts of the run and knows nothing of what the run is for.
 */
import { execa } from 'execa';
import { follow } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';

export interface TctlProgram {
  readonly path: string;
  /** All that the process inherits. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

export interface TctlRequest {
  readonly args: readonly string[];
  readonly input: string | undefined;
  readonly signal: AbortSignal;
}

/** A run that failed half-way has printed what it did before. */
export interface TctlRun {
  readonly stdout: string;
  readonly durationMs: number;
  readonly failure: TctlFailure | undefined;
}

/** How a run ended that was not to end so. */
export class TctlFailure extends Error {
  override readonly name = 'TctlFailure';
  readonly kind: 'exit' | 'timeout' | 'too-much-output' | 'not-started';
  readonly args: readonly string[];
  readonly exitCode: number | undefined;
  /** The end of what it printed there. */
  readonly stderr: string;

  constructor(
    facts: Pick<TctlFailure, 'kind' | 'args' | 'exitCode' | 'stderr'>,
    summary: string,
    cause?: unknown,
  ) {
    super(summary, { cause });
    this.kind = facts.kind;
    this.args = facts.args;
    this.exitCode = facts.exitCode;
    this.stderr = facts.stderr;
  }
}

const MOST_OUTPUT = 64 * 1024 * 1024;
const STDERR_TAIL = 4096;
/** What a killed process printed last is read by then, even if a child of its own keeps the pipe open. */
const DRAIN_MS = 100;

/** Never throws for what tctl does; rejects with the signal's reason when that is aborted. */
export async function runTctl(program: TctlProgram, request: TctlRequest): Promise<TctlRun> {
  const { clock, timeoutMs } = program;
  const { args, signal } = request;
  signal.throwIfAborted();
  const started = clock.now();
  const settled = new AbortController();
  const stop = follow(signal);
  let isTimeout = false;
  void clock.sleep(timeoutMs, settled.signal).then(() => {
    isTimeout = !settled.signal.aborted;
    stop.controller.abort();
  });
  const result = await spawn(program, request, stop.controller.signal);
  settled.abort();
  stop.letGo();
  signal.throwIfAborted();
  const failure = result.failed ? failureOf(result, args, isTimeout) : undefined;
  return { stdout: result.stdout, durationMs: clock.now() - started, failure };
}

async function spawn({ path, env, clock }: TctlProgram, { args, input }: TctlRequest, stop: AbortSignal) {
  const child = execa(path, args, {
    env,
    extendEnv: false,
    input: input ?? '',
    maxBuffer: MOST_OUTPUT,
    reject: false,
    stripFinalNewline: false,
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await clock.sleep(DRAIN_MS);
    child.stdout.destroy();
    child.stderr.destroy();
  };
  stop.addEventListener('abort', kill, { once: true });
  const result = await child;
  stop.removeEventListener('abort', kill);
  return result;
}

type Ended = Awaited<ReturnType<typeof spawn>>;

function failureOf(result: Ended, args: readonly string[], isTimeout: boolean): TctlFailure {
  const stderr = result.stderr.slice(-STDERR_TAIL);
  const facts = { kind: kindOf(result, isTimeout), args, exitCode: result.exitCode, stderr };
  return new TctlFailure(facts, summaryOf(result), result.cause);
}

function kindOf(result: Ended, isTimeout: boolean): TctlFailure['kind'] {
  if (isTimeout) return 'timeout';
  if (result.isMaxBuffer) return 'too-much-output';
  return result.exitCode === undefined && result.signal === undefined ? 'not-started' : 'exit';
}

function summaryOf({ exitCode, signal }: Ended): string {
  if (signal !== undefined) return `tctl was ended by ${signal}`;
  return exitCode === undefined ? 'tctl could not be started' : `tctl ended with exit code ${exitCode}`;
}
