import { Code, ConnectError } from '@connectrpc/connect';
import { Late } from './api-deadline.ts';
import { dialError } from './api-dial-error.ts';
import { quotable, TeleportError, type TeleportErrorCode } from './error.ts';
import { expiredElsewhere, REFUSALS, type Refusal } from './explain.ts';
import type { Change } from './teleport.ts';

/** What the sentences name: the values that an operator can change. */
export interface CallSettings {
  readonly proxy: string;
  readonly identityFile: string;
  readonly timeoutMs: number;
}

export interface Failed {
  /** The change that was asked for, if it was one. */
  readonly change?: Change | undefined;
  /** What ended the connection meanwhile, if something did. */
  readonly lost?: Error | undefined;
}

/** Those that no call can end with are found without one. */
type ApiErrorCode = Exclude<TeleportErrorCode, 'tctl-missing' | 'identity-missing'>;

/** Refusals by Teleport, and failures on the way there: Connect makes the latter from errors of Node. */
const CODES: Readonly<Partial<Record<Code, ApiErrorCode>>> = {
  [Code.AlreadyExists]: 'already-exists',
  [Code.NotFound]: 'not-found',
  [Code.PermissionDenied]: 'rule-denied',
  [Code.InvalidArgument]: 'invalid',
  [Code.Unauthenticated]: 'identity-invalid',
  [Code.DeadlineExceeded]: 'timeout',
  [Code.Unavailable]: 'unreachable',
  [Code.Canceled]: 'unreachable',
  [Code.Aborted]: 'unreachable',
};

/** Turns what a call failed with into a code and a sentence: what happened, why, what to do next. */
export function explainCall(error: unknown, settings: CallSettings, failed: Failed = {}): TeleportError {
  if (error instanceof TeleportError) return error;
  const { code, said } = meaningOf(error, failed);
  return new TeleportError(code, SENTENCES[code]({ said, settings, change: failed.change }), error);
}

function meaningOf(error: unknown, failed: Failed): { code: ApiErrorCode; said: string } {
  if (error instanceof Late) return { code: 'timeout', said: error.message };
  if (!(error instanceof ConnectError)) return { code: 'unknown', said: quotable(String(error)) };
  const lost = isAnswer(error) ? undefined : (failed.lost ?? causeOnTheWay(error));
  if (lost !== undefined) return meaningOfLoss(lost);
  const code = CODES[error.code] ?? 'unknown';
  const said = quotable(error.rawMessage === '' ? (Code[error.code] ?? '') : error.rawMessage);
  if (code === 'rule-denied' && /^access to (db|app) denied\b/.test(said))
    return { code: 'labels-denied', said };
  return { code, said };
}

/** An answer of Teleport's has a status of its own, whatever Connect makes of it. */
function isAnswer({ metadata }: ConnectError): boolean {
  return metadata.has('grpc-status');
}

/** Calls hear of the end of their connection before it has told us. Errors of Node have a code. */
function causeOnTheWay({ cause }: ConnectError): Error | undefined {
  return cause instanceof Late || (cause instanceof Error && 'code' in cause) ? cause : undefined;
}

function meaningOfLoss(lost: Error): { code: ApiErrorCode; said: string } {
  const { kind, message } = dialError(lost);
  if (kind === 'identity-expired') return { code: 'identity-expired', said: message };
  if (kind === 'identity-refused') return { code: 'identity-invalid', said: message };
  return { code: 'unreachable', said: quotable(message) };
}

interface Story extends Refusal {
  readonly settings: CallSettings;
}

const SENTENCES: Readonly<Record<ApiErrorCode, (story: Story) => string>> = {
  ...REFUSALS,
  'identity-expired': ({ settings }) => expiredElsewhere(settings.identityFile),
  'identity-invalid': ({ settings, said }) =>
    `Teleport at ${settings.proxy} refuses the identity in ${settings.identityFile} (${said}): another cluster ` +
    'issued it, or this one has changed its authorities since. Issue it anew.',
  unreachable: ({ settings, said }) =>
    `Teleport at ${settings.proxy} (--teleport-proxy) cannot be reached: ${said}. The next try connects anew.`,
  timeout: ({ settings }) =>
    `Teleport at ${settings.proxy} (--teleport-proxy) did not answer within ${settings.timeoutMs / 1000} s. ` +
    'Check that its Auth service is not overloaded.',
  unknown: ({ settings, said }) =>
    `Teleport at ${settings.proxy} failed: ${said}. Look at the log of its Auth service.`,
};
