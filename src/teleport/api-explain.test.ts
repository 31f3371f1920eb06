import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { Late } from './api-deadline.ts';
import { explainCall } from './api-explain.ts';
import type { TeleportErrorCode } from './error.ts';
import { TeleportError } from './error.ts';
import type { Change } from './teleport.ts';

const settings = { proxy: 'p:443', identityFile: '/i', timeoutMs: 30_000 };
const change: Change = {
  action: 'create',
  resource: { kind: 'app', name: 'api', labels: {}, uri: '', insecureSkipVerify: false },
};

/** As Connect makes it from the trailers of an answer. */
const answer = (code: Code, text: string) => new ConnectError(text, code, { 'grpc-status': String(code) });
const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
const expiredAlert = Object.assign(new Error(''), { code: 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED' });

describe('what Teleport answers', () => {
  it.each<[Code, string, TeleportErrorCode, RegExp]>([
    [
      Code.AlreadyExists,
      'UNIQUE constraint failed: kv.key',
      'already-exists',
      /^App "api" exists in Teleport already/,
    ],
    [Code.NotFound, '"app" "api" does not exist', 'not-found', /^Teleport does not know app "api"/],
    [
      Code.PermissionDenied,
      'access denied to perform action "create" on "app"',
      'rule-denied',
      /lacks a right \(access denied.*resources: \[db, app\]/,
    ],
    [
      Code.PermissionDenied,
      'access to app denied. User does not have permissions. ',
      'labels-denied',
      /two lines are missing: "app_labels:" and/,
    ],
    [
      Code.PermissionDenied,
      'access to db denied. User does not have permissions. Confirm database user and name.',
      'labels-denied',
      /may not create this app/,
    ],
    [Code.PermissionDenied, 'user "bot-dblab" is locked', 'rule-denied', /user "bot-dblab" is locked/],
    [
      Code.InvalidArgument,
      'invalid database name\n\t"a_b" does not match',
      'invalid',
      /^Teleport refuses app "api": invalid database name "a_b" does not match\.$/,
    ],
    [
      Code.Unauthenticated,
      'who?',
      'identity-invalid',
      /^Teleport at p:443 refuses the identity in \/i \(who\?\)/,
    ],
    [
      Code.DeadlineExceeded,
      'the operation timed out',
      'timeout',
      /^Teleport at p:443 .* did not answer within 30 s/,
    ],
    [Code.Unavailable, 'backend is down', 'unreachable', /cannot be reached: backend is down\./],
    [Code.Unknown, 'odd', 'unknown', /failed: odd\./],
    [Code.Internal, 'broken', 'unknown', /failed: broken\./],
    [Code.ResourceExhausted, 'rate limit exceeded', 'unknown', /failed: rate limit exceeded\./],
    [Code.Unimplemented, '', 'unknown', /failed: Unimplemented\./],
  ])('%s "%s" is %s', (code, text, expected, sentence) => {
    const error = explainCall(answer(code, text), settings, { change });
    expect(error.code).toBe(expected);
    expect(error.message).toMatch(sentence);
  });

  it('tells a label from a rule by the start of the text alone: names are chosen by others', () => {
    const text = 'invalid name: access to app denied';
    expect(explainCall(answer(Code.PermissionDenied, text), settings).code).toBe('rule-denied');
  });

  it('stays what it is, although the connection was lost after it', () => {
    const error = explainCall(answer(Code.AlreadyExists, 'x'), settings, { change, lost: reset });
    expect(error.code).toBe('already-exists');
  });
});

describe('what happens on the way', () => {
  it.each<[string, unknown, Error | undefined, TeleportErrorCode]>([
    [
      'our own deadline',
      new ConnectError('the operation timed out', Code.DeadlineExceeded),
      undefined,
      'timeout',
    ],
    ['our own patience', new Late('x'), undefined, 'timeout'],
    ['a cut connection', new ConnectError('reset', Code.Aborted), undefined, 'unreachable'],
    ['a cut stream', new ConnectError('cancelled', Code.Canceled), undefined, 'unreachable'],
    ['a connection that was lost meanwhile', new ConnectError('odd', Code.Internal), reset, 'unreachable'],
    ['an alert', new ConnectError('odd', Code.Internal), expiredAlert, 'identity-expired'],
    [
      'a cut connection that did not say so',
      new ConnectError('x', Code.Internal, undefined, undefined, reset),
      undefined,
      'unreachable',
    ],
    [
      'a line that was found dead',
      new ConnectError('x', Code.Internal, undefined, undefined, new Late('x')),
      undefined,
      'unreachable',
    ],
    [
      'an answer that cannot be read',
      new ConnectError('x', Code.Internal, undefined, undefined, new RangeError('x')),
      undefined,
      'unknown',
    ],
    ['an answer that is none', new ConnectError('missing status', Code.Internal), undefined, 'unknown'],
    ['an error of ours', new TypeError('x is not a function'), undefined, 'unknown'],
  ])('%s', (_what, error, lost, code) => {
    expect(explainCall(error, settings, { lost })).toMatchObject({ code, cause: error });
  });

  it('is not explained twice', () => {
    const error = new TeleportError('invalid', 'so it is');
    expect(explainCall(error, settings)).toBe(error);
  });
});
