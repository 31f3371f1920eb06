import { TeleportError, type TeleportErrorCode } from './error.ts';
import { type Change, type Outcome, subject } from './teleport.ts';

/** How much a refusal is about: this change, all changes of its kind and action, or every change. */
const REACH: Readonly<Record<TeleportErrorCode, 'change' | 'kind' | 'all'>> = {
  'already-exists': 'change',
  'not-found': 'change',
  'labels-denied': 'change',
  invalid: 'change',
  unknown: 'change',
  'rule-denied': 'kind',
  'identity-expired': 'all',
  'identity-missing': 'all',
  'identity-invalid': 'all',
  unreachable: 'all',
  timeout: 'all',
  'tctl-missing': 'all',
};

/** Each refusal costs a process: after so many in a row, without a success, the rest waits for another time. */
const MOST_REFUSALS_IN_A_ROW = 10;

/**
 * What is known about the changes of one call. A change that a refusal speaks for as well is not tried:
 * without it, a role that lacks a right would cost a process per clone.
 */
export class Ledger {
  readonly #outcomes = new Map<Change, Outcome>();
  readonly #verdicts = new Map<string, TeleportError>();
  #refusalsInARow = 0;

  /** Those of the changes that are worth a try; the others get the error that speaks for them. */
  worthTrying(changes: readonly Change[]): Change[] {
    return changes.filter((change) => {
      const error = this.#verdicts.get('all') ?? this.#verdicts.get(kindOf(change));
      if (error !== undefined) this.#outcomes.set(change, { ok: false, error });
      return error === undefined;
    });
  }

  succeed(changes: readonly Change[]): void {
    for (const change of changes) this.#outcomes.set(change, { ok: true });
    if (changes.length > 0) this.#refusalsInARow = 0;
  }

  refuse(change: Change, error: TeleportError): void {
    this.#outcomes.set(change, { ok: false, error });
    this.#refusalsInARow += 1;
    const reach = REACH[error.code];
    if (reach === 'all') this.#verdicts.set('all', error);
    else if (reach === 'kind') this.#verdicts.set(kindOf(change), error);
    else if (this.#refusalsInARow === MOST_REFUSALS_IN_A_ROW) this.#verdicts.set('all', notTried(error));
  }

  /** In the order of `changes`, all of which must have been tried or judged. */
  outcomes(changes: readonly Change[]): Outcome[] {
    return changes.map((change) => this.#outcomes.get(change) ?? { ok: false, error: notTried() });
  }
}

function kindOf(change: Change): string {
  return `${change.action} ${subject(change).kind}`;
}

function notTried(last?: TeleportError): TeleportError {
  const why =
    last === undefined
      ? ''
      : `: ${MOST_REFUSALS_IN_A_ROW} before it were refused, the last because: ${last.message}`;
  return new TeleportError('unknown', `Not tried${why}`, last);
}
