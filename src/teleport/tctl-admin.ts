/**
 * tctl in an administrator's hands, for what the sidecar's own role must not do: roles, bots, tokens. It acts
 * as whoever tctl acts as on this host (its Auth service, or a person who has logged in with tsh), or as the
 * identity that is named. It promises tctl's output or a sentence, and knows nothing of what it is for.
 */
import type { Clock } from '../lib/clock.ts';
import { readTctlError, TeleportError } from './error.ts';
import { TctlHome } from './tctl-home.ts';
import { runTctl, type TctlFailure } from './tctl-run.ts';

export interface TctlAdminOptions {
  readonly tctlPath: string;
  /** `host:port`. */
  readonly proxy: string;
  /** Undefined: the administrator of this host. */
  readonly identityFile: string | undefined;
  readonly caFile: string | undefined;
  /** Ours; of secrets nothing is passed on. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** An administrator may be asked to touch a key. */
const TIMEOUT_MS = 90_000;
/** Where a person's own login and the Auth service's configuration are found. */
const PERSONS_OWN = ['HOME', 'USER', 'LOGNAME', 'TELEPORT_HOME', 'TELEPORT_CONFIG_FILE', 'TELEPORT_PROXY'];

export class TctlAdmin {
  readonly #options: TctlAdminOptions;
  readonly #home: TctlHome;

  constructor(options: TctlAdminOptions) {
    this.#options = options;
    this.#home = new TctlHome(options);
  }

  /** Answers what tctl printed. Throws a `TeleportError`, or the signal's reason. `input` goes to its stdin. */
  async ask(command: readonly string[], signal: AbortSignal, input?: string): Promise<string> {
    const { tctlPath, proxy, identityFile, clock } = this.#options;
    const as = identityFile === undefined ? [] : ['--identity', identityFile, '--auth-server', proxy];
    const program = { path: tctlPath, env: await this.#environment(), clock, timeoutMs: TIMEOUT_MS };
    const { stdout, failure } = await runTctl(program, { args: [...as, ...command], input, signal });
    if (failure !== undefined) throw this.#explain(failure, command);
    return stdout;
  }

  close(): Promise<void> {
    return this.#home.remove();
  }

  async #environment(): Promise<Readonly<Record<string, string>>> {
    const alone = await this.#home.environment();
    if (this.#options.identityFile !== undefined) return alone;
    const { HOME: _home, TELEPORT_HOME: _folder, TELEPORT_CONFIG_FILE: _file, ...rest } = alone;
    const own = PERSONS_OWN.flatMap((name) => {
      const value = this.#options.env[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    return { ...rest, ...Object.fromEntries(own) };
  }

  #explain(failure: TctlFailure, [verb = '', what = '']: readonly string[]): TeleportError {
    const { tctlPath } = this.#options;
    if (failure.kind === 'not-started') {
      return new TeleportError(
        'tctl-missing',
        `There is no tctl that can be run (${tctlPath}): install Teleport's tctl or name it with --tctl-path.`,
        failure,
      );
    }
    const { code, said } = readTctlError(failure.stderr);
    const words = said === '' ? failure.message : said;
    return new TeleportError(
      failure.kind === 'timeout' ? 'timeout' : code,
      `"tctl ${verb} ${what}" as an administrator failed: ${words}. ${this.#advice()}`,
      failure,
    );
  }

  #advice(): string {
    const { proxy, identityFile } = this.#options;
    return identityFile === undefined
      ? `Log in with "tsh login --proxy=${proxy}" as somebody who may edit roles, run this on the host of the ` +
          'Auth service, or name an identity with --admin-identity.'
      : `Check what the identity in ${identityFile} (--admin-identity) may do.`;
  }
}
