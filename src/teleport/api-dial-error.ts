import { Late } from './api-deadline.ts';

/** Why a way to Auth led nowhere, sorted by what can be done about it. */
export type DialErrorKind =
  /** Nobody could be asked at that address. */
  | 'network'
  | 'timeout'
  /** It hung up before the handshake was over, as a proxy does that does not know the cluster. */
  | 'closed'
  | 'not-tls'
  | 'no-h2'
  /** It showed a certificate that those we trust for it have not signed. */
  | 'untrusted'
  | 'no-upgrade'
  | 'identity-expired'
  | 'identity-refused';

export class DialError extends Error {
  override readonly name = 'DialError';
  readonly kind: DialErrorKind;

  /** `said` is the end of a sentence. */
  constructor(kind: DialErrorKind, said: string, cause?: unknown) {
    super(said, { cause });
    this.kind = kind;
  }
}

/** Codes of Node and OpenSSL: the first row that matches tells. */
const ROWS: readonly (readonly [code: RegExp, kind: DialErrorKind, said?: string])[] = [
  [/^ECONNREFUSED$/, 'network', 'the connection was refused'],
  [/^ENOTFOUND$/, 'network', 'there is no host of that name'],
  [/^EAI_AGAIN$/, 'network', 'the name of the host cannot be resolved at present'],
  [/^E(HOST|NET)(UNREACH|DOWN)$/, 'network', 'no route leads there'],
  [/^ETIMEDOUT$/, 'timeout', 'there was no answer'],
  [/^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/, 'closed', 'the connection was closed'],
  [/ALERT_CERTIFICATE_EXPIRED$/, 'identity-expired'],
  [
    /ALERT_(BAD_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)$/,
    'identity-refused',
  ],
  [/ALERT_NO_APPLICATION_PROTOCOL$/, 'no-h2', 'it speaks no HTTP/2'],
  [/ALERT_|UNRECOGNIZED_NAME$/, 'closed'],
  [/^(UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|CERT|INVALID_(CA|PURPOSE)|PATH_LENGTH|ERR_TLS_CERT)_/, 'untrusted'],
  [/^(EPROTO|ERR_SSL_\w+)$/, 'not-tls', 'it does not speak TLS'],
  [/^HPE_/, 'no-upgrade', 'it does not speak HTTP'],
];

export function dialError(error: unknown): DialError {
  if (error instanceof DialError) return error;
  if (error instanceof Late) return new DialError('timeout', 'there was no answer', error);
  const { code, message } = rootOf(error);
  const row = ROWS.find(([pattern]) => pattern.test(code));
  if (row === undefined) return new DialError('network', message || code, error);
  return new DialError(row[1], row[2] ?? code, error);
}

/** HTTP/2 wraps what happened to its connection. */
function rootOf(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  if (error.cause instanceof Error) return rootOf(error.cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return { code, message: error.message };
}
