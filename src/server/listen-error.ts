/** Why an address could not be listened on: `taken` may be forgiven for an address that nobody asked for. */
export type ListenErrorCode = 'taken' | 'denied' | 'no-such-address' | 'no-such-host' | 'other';

/** Its message says which flag to change, and to what. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: ListenErrorCode;

  constructor(cause: unknown, address: string, flag: string) {
    const [code, advice] = CAUSES[codeOf(cause) ?? ''] ?? ['other', `the system says: ${String(cause)}.`];
    super(`Cannot listen on ${address} (--${flag}): ${advice}`, { cause });
    this.code = code;
  }
}

const CAUSES: Readonly<Record<string, readonly [ListenErrorCode, string]>> = {
  EADDRINUSE: [
    'taken',
    'another program holds this address, perhaps a second dblab teleport serve. Stop it ("ss -ltnp" names it) or choose another port.',
  ],
  EACCES: ['denied', 'this user may not use the port. Choose one above 1023.'],
  EADDRNOTAVAIL: [
    'no-such-address',
    'this machine has no such address. Choose one of its own, or 0.0.0.0 for all of them.',
  ],
  ENOTFOUND: ['no-such-host', 'the host name is not known. Choose an address of this machine.'],
  EAI_AGAIN: ['no-such-host', 'the host name cannot be looked up. Choose an address of this machine.'],
};

/** The system's name for an error, such as EADDRINUSE. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
