import type { Command } from 'commander';
import { parseDirectConfig } from '../../config/direct.ts';
import { statusOptions, whichOptions } from '../../config/status-options.ts';
import { askSidecar, type Onlooker, openOnlooker } from '../../inspect.ts';
import { type Address, formatAddress } from '../../lib/address.ts';
import { type Run, UsageError } from '../host.ts';
import { plainLog } from '../plain-log.ts';
import { readFlags, sourcesOf } from './flags.ts';
import type { Seen } from './status-view.ts';

/** Looks through the sidecar's eyes or, where none answers, through its own. */
export class Eyes {
  readonly #command: Command;
  readonly #run: Run;
  readonly #address: Address;
  readonly #environment: string | undefined;
  #own: Onlooker | undefined;
  #last: Seen | undefined;

  constructor(command: Command, run: Run) {
    this.#command = command;
    this.#run = run;
    this.#address = readFlags(statusOptions, command, run).values.statusAddress;
    this.#environment = readFlags(whichOptions, command, run).values.environmentId;
  }

  /** Throws a `UsageError` where no sidecar answers and the settings to do without are missing. */
  async look(signal: AbortSignal): Promise<Seen> {
    this.#last = await this.#look(signal);
    return this.#last;
  }

  async close(): Promise<void> {
    await this.#own?.close();
  }

  async #look(signal: AbortSignal): Promise<Seen> {
    const question = { address: this.#address, environment: this.#environment, clock: this.#run.clock };
    const answer = await askSidecar(question, signal);
    if (answer.ok) {
      return { picture: answer.picture, source: { kind: 'sidecar', address: formatAddress(this.#address) } };
    }
    this.#own ??= await this.#open(answer.reason);
    if (this.#own === undefined) return gone(this.#last, answer.reason);
    return { picture: await this.#own.look(signal), source: { kind: 'direct', because: answer.reason } };
  }

  /** Undefined where that is not configured, but a sidecar has answered before. */
  async #open(reason: string): Promise<Onlooker | undefined> {
    const parsed = parseDirectConfig(sourcesOf(this.#command, this.#run));
    const { env, clock, stderr } = this.#run;
    if (parsed.ok) {
      for (const warning of parsed.warnings) stderr.write(`${warning}\n`);
      return openOnlooker(parsed.config, { env, clock, log: plainLog(stderr) });
    }
    if (this.#last !== undefined) return undefined;
    const lines = parsed.problems.map((problem) => `  - ${problem}`);
    throw new UsageError(
      [reason, 'Engine and Teleport can be read without one, with its settings:', ...lines].join('\n'),
    );
  }
}

/** The last picture, for as long as nobody can be asked for another. */
function gone(last: Seen | undefined, reason: string): Seen {
  if (last === undefined) throw new UsageError(reason);
  const troubles = [`${reason} Is it running? What it said last is shown.`];
  return { ...last, picture: { ...last.picture, inStep: false, troubles } };
}
