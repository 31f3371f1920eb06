/** An answer of the API that says no: always `{code, message}`, nothing else. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, 'BAD_REQUEST', message);
}

export function unauthorized(): Refusal {
  return new Refusal(401, 'UNAUTHORIZED', 'Check your verification token.');
}

export function notFound(): Refusal {
  return new Refusal(404, 'NOT_FOUND', 'Requested object does not exist. Specify your request.');
}

/** What the Engine answers to a write for an unknown or protected clone, too. */
export function internalError(message: string): Refusal {
  return new Refusal(500, 'INTERNAL_ERROR', message);
}
