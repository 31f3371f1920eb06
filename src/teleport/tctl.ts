/**
 * Teleport by way of its own command line tool. Slow to start and sparing with words, but it reaches every
 * cluster that people reach with it: it is run as seldom as possible, in a home of its own, and never when
 * the identity is known to be missing, damaged or expired.
 */
import { follow } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { fromDocument } from './document.ts';
import { TeleportError } from './error.ts';
import { expired } from './explain.ts';
import { identityReader } from './identity-file.ts';
import type { Resource } from './resource.ts';
import { applyChanges, type TctlAnswer } from './tctl-apply.ts';
import { explain } from './tctl-explain.ts';
import { type Environment, TctlHome } from './tctl-home.ts';
import { runTctl, type TctlProgram, type TctlRun } from './tctl-run.ts';
import { readDocument, splitDocuments } from './tctl-yaml.ts';
import type { Teleport } from './teleport.ts';

export interface TctlOptions {
  readonly tctlPath: string;
  /** `host:port` of the proxy, or of Auth. */
  readonly proxy: string;
  readonly identityFile: string;
  /** Trusted for the proxy's certificate besides the system's roots. */
  readonly caFile?: string | undefined;
  /** Ours; little of it is passed on. */
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly timeoutMs?: number;
}

/** Costs nothing until the first call. An abort rejects, with the signal's reason; so does `close`. */
export function openTctl(options: TctlOptions): Teleport {
  const tctl = new Tctl(options);
  return {
    transport: 'tctl',
    list: (signal) => tctl.list(signal),
    apply: (changes, signal) => applyChanges((args, input) => tctl.ask(args, input, signal), changes),
    close: () => tctl.close(),
  };
}

const READ_AT_ONCE = 250;

class Tctl {
  readonly #options: Required<TctlOptions>;
  readonly #home: TctlHome;
  readonly #identity: ReturnType<typeof identityReader>;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: TctlOptions) {
    this.#options = { timeoutMs: 30_000, caFile: undefined, ...options };
    this.#home = new TctlHome(this.#options);
    this.#identity = identityReader(options.identityFile);
  }

  async list(signal?: AbortSignal): Promise<Resource[]> {
    const env = await this.#prepare();
    const { stdout, failure } = await this.#run({ env, command: ['get', 'db,app', '--format=yaml'], signal });
    if (failure !== undefined) throw explain(failure, this.#options);
    return this.#read(stdout);
  }

  async ask(command: readonly string[], input?: string, signal?: AbortSignal): Promise<TctlAnswer> {
    try {
      const env = await this.#prepare();
      const { stdout, failure } = await this.#run({ env, command, input, signal });
      return { stdout, error: failure && ((change) => explain(failure, this.#options, change)) };
    } catch (error) {
      if (!(error instanceof TeleportError)) throw error;
      return { stdout: '', error: () => error };
    }
  }

  /** Thousands of documents take a while: webhooks are answered in between. */
  async #read(text: string): Promise<Resource[]> {
    const resources: Resource[] = [];
    try {
      for (const document of splitDocuments(text)) {
        resources.push(fromDocument(readDocument(document)));
        if (resources.length % READ_AT_ONCE === 0) await this.#options.clock.sleep(0);
      }
    } catch (error) {
      throw new TeleportError('unknown', `tctl printed a list that cannot be read: ${String(error)}`, error);
    }
    return resources;
  }

  async close(): Promise<void> {
    this.#closing.abort(new DOMException('The connection to Teleport was closed.', 'AbortError'));
    await Promise.allSettled(this.#running);
    await this.#home.remove();
  }

  /** Finds out without a process what tctl would complain about; answers the environment for a run. */
  async #prepare(): Promise<TctlProgram['env']> {
    const { identityFile, clock } = this.#options;
    const { expiresAt } = await this.#identity();
    if (expiresAt <= clock.now()) {
      throw new TeleportError('identity-expired', expired(identityFile, new Date(expiresAt)));
    }
    // Nothing is to be made anew behind the back of close().
    this.#closing.signal.throwIfAborted();
    return this.#home.environment();
  }

  async #run({ env, command, input, signal }: Run): Promise<TctlRun> {
    const { tctlPath, proxy, identityFile, clock, timeoutMs, log } = this.#options;
    const args = ['--identity', identityFile, '--auth-server', proxy, ...command];
    const either = follow(this.#closing.signal, signal);
    const request = { args, input, signal: either.controller.signal };
    const running = runTctl({ path: tctlPath, env, clock, timeoutMs }, request);
    this.#running.add(running);
    try {
      const run = await running;
      log.debug({ command, durationMs: run.durationMs, failure: run.failure?.message }, 'tctl ran.');
      return run;
    } finally {
      either.letGo();
      this.#running.delete(running);
    }
  }
}

interface Run {
  readonly env: TctlProgram['env'];
  readonly command: readonly string[];
  readonly input?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}
