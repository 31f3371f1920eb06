import { stripVTControlCharacters } from 'node:util';

/**
 * Why Teleport refused or could not be asked: a closed set, made from tctl's words (here, and nowhere
 * else) or from gRPC codes. What follows from a code is decided by `sync/retry.ts`.
 */
export type TeleportErrorCode =
  | 'already-exists'
  | 'not-found'
  | 'rule-denied'
  | 'labels-denied'
  | 'invalid'
  | 'identity-expired'
  | 'identity-missing'
  | 'identity-invalid'
  | 'unreachable'
  | 'timeout'
  | 'tctl-missing'
  | 'unknown';

export class TeleportError extends Error {
  override readonly name = 'TeleportError';
  readonly code: TeleportErrorCode;

  /** `sentence` says what happened, why, and what to do next; it holds no secret. */
  constructor(code: TeleportErrorCode, sentence: string, cause?: unknown) {
    super(sentence, { cause });
    this.code = code;
  }
}

/**
 * The words of tctl 15.1.4 and 18.0.0. A refusal of a document quotes names and labels that other people
 * chose, so those patterns are anchored at the start of the message and stand before the loose ones about
 * connections: hostile text cannot pass itself off as an outage.
 */
const TCTL_WORDINGS: readonly (readonly [RegExp, TeleportErrorCode])[] = [
  [/^use -f or --force flag to overwrite/, 'already-exists'],
  [/^(database|application|app) ".*" already exists/, 'already-exists'],
  [/^(database|application|app) ".*" (not found|doesn't exist)/, 'not-found'],
  [/^"(db|app|role|user|bot)" ".*" does not exist/, 'not-found'],
  [/^(role|user|bot) "?\S+"? (is not found|not found|doesn't exist)/, 'not-found'],
  [/^key \S+ is not found/, 'not-found'],
  [/^access denied to perform action /, 'rule-denied'],
  [/^access to (db|app) denied\b/, 'labels-denied'],
  [/^(invalid|unsupported) (database|application|app|label key|origin value|namespace)\b/, 'invalid'],
  [/^(database|application|app) ".*" (URI|protocol) is empty/, 'invalid'],
  [/^your credentials have expired\b/, 'identity-expired'],
  [/^failed to parse identity file\b/, 'identity-invalid'],
  [/^Could not load Teleport host UUID file /, 'identity-missing'],
  [/^Cannot connect to the auth server\b/, 'unreachable'],
  [/\b(connection refused|connection reset by peer|no such host|i\/o timeout|broken pipe)\b/, 'unreachable'],
  [/\b(context deadline exceeded|error reading server preface)\b/, 'unreachable'],
];

const LONGEST_QUOTE = 300;

/**
 * What a failed tctl run means, and its own words on one line, without colour and cut to 300 characters.
 * Whatever stands before `ERROR:` is advice that does not belong to the failure.
 */
export function readTctlError(stderr: string): { code: TeleportErrorCode; said: string } {
  const plain = stripVTControlCharacters(stderr);
  const message = (/^ERROR: ?(.*)/ms.exec(plain)?.[1] ?? plain).trim();
  const code = TCTL_WORDINGS.find(([wording]) => wording.test(message))?.[1] ?? 'unknown';
  return { code, said: quotable(message) };
}

/** Somebody else's words on one line, cut to 300 characters: fit for a sentence of ours. */
export function quotable(words: string): string {
  const line = words.trim().replace(/[\s\p{Cc}]+/gu, ' ');
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)}…` : line;
}
