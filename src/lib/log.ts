import type { DestinationStream } from 'pino';
import { escaped, printable } from './printable.ts';

/** The part of a pino logger that the program uses: facts first, then one sentence. */
export interface Log {
  debug(facts: object, sentence: string): void;
  info(facts: object, sentence: string): void;
  warn(facts: object, sentence: string): void;
  error(facts: object, sentence: string): void;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface LogOptions {
  readonly level: LogLevel;
  /** `auto` is pretty where the destination is a terminal, and JSON elsewhere. */
  readonly format: LogFormat;
  readonly destination: DestinationStream & { readonly isTTY?: boolean };
}

/**
 * A log that writes one line per event, at once: nothing is lost when the process ends. Secrets print as
 * `***` by their type. An `error` among the facts becomes its sentence and code; its stack and its cause
 * are for debugging.
 */
export async function createLog({ level, format, destination }: LogOptions): Promise<Log> {
  const { pino, stdTimeFunctions } = await import('pino');
  const pretty = format === 'pretty' || (format === 'auto' && destination.isTTY === true);
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: level === 'debug' ? errorInFull : errorInShort },
  };
  const log: Log = pino(options, pretty ? await prettyTo(destination) : destination);
  return log;
}

/** Loaded only where it is wanted, and used without its worker thread or stream. */
async function prettyTo(destination: LogOptions['destination']): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty');
  const format = prettyFactory({
    colorize: destination.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    messageFormat: (line, key) => printable(String(line[key])),
  });
  return { write: (line) => destination.write(format(line).replace(/[\u007f-\u009f]/g, escaped)) };
}

function errorInShort(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return { sentence: error.message, ...('code' in error ? { code: error.code } : {}) };
}

function errorInFull(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return { ...(errorInShort(error) as object), stack: error.stack, cause: errorInFull(error.cause) };
}
