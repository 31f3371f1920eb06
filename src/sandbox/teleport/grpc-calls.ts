import { Code, ConnectError } from '@connectrpc/connect';
import type { Clock } from '../../lib/clock.ts';
import type { Counters } from './auth.ts';
import type { TeleportVersion } from './document.ts';
import type { Fault } from './fault.ts';
import type { RefusalCode } from './refusal.ts';
import { Refusal } from './refusal.ts';
import * as words from './words.ts';

export interface CallsOptions {
  readonly version: TeleportVersion;
  readonly clock: Clock;
  readonly counters: Counters;
  /** How many calls are under way, on all connections. */
  readonly load: { underWay: number };
  readonly fault: () => Fault | undefined;
}

const CODES: Readonly<Record<RefusalCode, Code>> = {
  invalid: Code.InvalidArgument,
  exists: Code.AlreadyExists,
  'not-found': Code.NotFound,
  denied: Code.PermissionDenied,
};

/** The calls of one connection: counted, hit by the faults of the cluster, and refused by gRPC's codes. */
export class GrpcCalls {
  readonly #options: CallsOptions;
  readonly #cut: () => void;
  #creates = 0;
  /** The fault that was there when they began to be counted. */
  #countedUnder: Fault | undefined;

  constructor(options: CallsOptions, cut: () => void) {
    this.#options = options;
    this.#cut = cut;
  }

  async answer<Answer>(act: () => Answer, signal: AbortSignal): Promise<Answer> {
    const { counters, load } = this.#options;
    load.underWay += 1;
    counters.grpcCalls += 1;
    counters.grpcAtOnce = Math.max(counters.grpcAtOnce, load.underWay);
    try {
      return await this.#carryOut(act, signal);
    } finally {
      load.underWay -= 1;
    }
  }

  create(act: () => void, signal: AbortSignal): Promise<void> {
    return this.answer(() => {
      this.#countCreate();
      act();
    }, signal);
  }

  /** Of a stream only its beginning may be refused. */
  open<Answer>(act: () => Answer, signal: AbortSignal): Promise<Answer> {
    this.#options.counters.watches += 1;
    return this.#carryOut(act, signal);
  }

  async #carryOut<Answer>(act: () => Answer, signal: AbortSignal): Promise<Answer> {
    const fault = this.#options.fault();
    if (fault?.kind === 'hang') await aborted(signal);
    if (fault?.kind === 'refuse') throw new ConnectError(fault.text, fault.code ?? Code.Unavailable);
    try {
      return act();
    } catch (error) {
      throw error instanceof Refusal ? this.#refused(error) : error;
    } finally {
      if (fault?.kind === 'slow') await this.#options.clock.sleep(fault.ms, signal);
    }
  }

  #refused({ code, message }: Refusal): ConnectError {
    const text = code === 'exists' ? words.existsInBackend(this.#options.version, message) : message;
    return new ConnectError(text, CODES[code]);
  }

  #countCreate(): void {
    const fault = this.#options.fault();
    if (this.#countedUnder !== fault) this.#creates = 0;
    this.#countedUnder = fault;
    if (fault?.kind === 'drop' && this.#creates >= fault.afterDocuments) {
      this.#cut();
      throw new ConnectError('the line was cut', Code.Aborted);
    }
    this.#creates += 1;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = () => reject(new ConnectError('the caller has gone', Code.Canceled));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}
