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
