import { EngineError, type EngineErrorCode } from './error.ts';
import { ExchangeFault } from './exchange.ts';
import { checkUrl, type Place } from './failure.ts';

interface Row {
  /** Node's error code, or the kind of our own fault. */
  readonly reason: RegExp;
  readonly code: EngineErrorCode;
  /** The request did not arrive. */
  readonly notSent?: true;
  readonly sentence: (facts: Place & { readonly asked: string; readonly reason: string }) => string;
}

/** The first row that matches tells what happened; the last one matches everything. */
const rows: readonly Row[] = [
  {
    reason: /^timeout$/,
    code: 'timeout',
    sentence: ({ address, asked, timeoutMs }) =>
      `The DBLab Engine at ${address} did not answer ${asked} within ${timeoutMs / 1000} s. Is it overloaded or hung? Look at its log, or restart it.`,
  },
  {
    reason: /^too-large$/,
    code: 'not-an-engine',
    sentence: (facts) =>
      `The answer of ${facts.address} to ${facts.asked} is too large to be read. ${checkUrl(facts)}`,
  },
  {
    reason: /^ECONNREFUSED$/,
    code: 'unreachable',
    notSent: true,
    sentence: ({ address, settings }) =>
      `Nothing listens at ${address} (connection refused). Start the DBLab Engine, or correct ${settings.url}.`,
  },
  {
    reason: /^(ENOTFOUND|EAI_AGAIN)$/,
    code: 'unreachable',
    notSent: true,
    sentence: ({ address, settings, reason }) =>
      `The host name of ${address} cannot be resolved (${reason}). Correct ${settings.url}, or the name resolution of this host.`,
  },
  {
    reason: /^(ECONNRESET|EPIPE)$/,
    code: 'unreachable',
    sentence: ({ address, asked }) =>
      `${address} closed the connection before its answer to ${asked} was complete. Look at the log of the DBLab Engine, and of any proxy before it.`,
  },
  {
    reason: /^ERR_INVALID_CHAR$/,
    code: 'unauthorized',
    notSent: true,
    sentence: ({ settings }) =>
      `The token holds characters that no HTTP header can carry, such as a line break. Correct ${settings.token}.`,
  },
  {
    reason: /^HPE_/,
    code: 'not-an-engine',
    sentence: (facts) =>
      `What listens at ${facts.address} does not speak HTTP (${facts.reason}). ${checkUrl(facts)}`,
  },
  {
    reason: /CERT|SIGNATURE/,
    code: 'unreachable',
    notSent: true,
    sentence: ({ address, settings, hasInsecure, reason }) =>
      `The certificate of ${address} is not accepted (${reason}). Name the CA that signed it with NODE_EXTRA_CA_CERTS=FILE, ${hasInsecure ? 'accept any certificate with --insecure, ' : ''}or correct ${settings.url}.`,
  },
  {
    reason: /^(EPROTO|ERR_SSL_.*)$/,
    code: 'unreachable',
    notSent: true,
    sentence: ({ address, settings }) =>
      `${address} does not speak TLS. The DBLab Engine itself speaks plain HTTP: write http:// in ${settings.url}.`,
  },
  {
    reason: /^/,
    code: 'unreachable',
    sentence: ({ address, settings, reason }) =>
      `${address} cannot be reached (${reason}). Check the network between this host and the DBLab Engine, and ${settings.url}.`,
  },
];

/** No answer came: Node's error, or the end of our patience, as an `EngineError`. */
export function noAnswer(error: unknown, asked: string, place: Place): EngineError {
  const reason = reasonOf(error);
  const row = rows.find((candidate) => candidate.reason.test(reason));
  const sentence = row?.sentence({ ...place, asked, reason }) ?? reason;
  return new EngineError(row?.code ?? 'unreachable', sentence, {
    cause: error,
    answerLost: row?.notSent !== true,
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof ExchangeFault) return error.kind;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
