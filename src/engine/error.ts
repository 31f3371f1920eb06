/**
 * Why the Engine could not be asked. Made only in `failure.ts` (status codes and bodies) and
 * `no-answer.ts` (names of errno); nobody above reads message text.
 */
export type EngineErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'unauthorized'
  | 'not-found'
  | 'protected'
  | 'refused'
  | 'server-error'
  | 'not-an-engine';

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;
  /** The order may have been carried out all the same. */
  readonly answerLost: boolean;

  /** `sentence` says what happened, why, and what to do next; it holds no secret. */
  constructor(
    code: EngineErrorCode,
    sentence: string,
    { cause, answerLost = false }: { readonly cause?: unknown; readonly answerLost?: boolean } = {},
  ) {
    super(sentence, { cause });
    this.code = code;
    this.answerLost = answerLost;
  }
}
