import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../lib/clock.ts';

/** What the process gives to a command. Results go to stdout, everything said beside them to stderr. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's home, from the account and not from `$HOME`: that is where the original looks. */
  readonly home: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Where a person can be asked; left out where none sits before it. */
  readonly terminal?: Terminal;
  readonly clock: Clock;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
}

export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

export interface Output {
  readonly isTTY?: boolean;
  /** Of a terminal, in characters. */
  readonly rows?: number;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A command in a run: its host, and where it leaves an exit code other than 0. */
export interface Run extends Host {
  exitWith(code: number): void;
}

export const FAILED = 1;
export const USAGE = 2;

/** What was typed cannot be meant: told without a stack, with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** It did not work, and the message says all there is to say: told without a stack, with exit code 1. */
export class Failure extends Error {
  override readonly name = 'Failure';
}
