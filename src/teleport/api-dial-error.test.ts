import { describe, expect, it } from 'vitest';
import { Late } from './api-deadline.ts';
import { DialError, type DialErrorKind, dialError } from './api-dial-error.ts';
import { explainDial } from './api-explain-dial.ts';

const withCode = (code: string) => Object.assign(new Error(''), { code });

describe('errors of Node and OpenSSL are sorted by what can be done about them', () => {
  it.each<[string, DialErrorKind]>([
    ['ECONNREFUSED', 'network'],
    ['ENOTFOUND', 'network'],
    ['EAI_AGAIN', 'network'],
    ['EHOSTUNREACH', 'network'],
    ['ENETUNREACH', 'network'],
    ['EACCES', 'network'],
    ['ETIMEDOUT', 'timeout'],
    ['ECONNRESET', 'closed'],
    ['EPIPE', 'closed'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'identity-expired'],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'identity-refused'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', 'identity-refused'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'identity-refused'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'identity-refused'],
    ['ERR_SSL_TLSV1_ALERT_ACCESS_DENIED', 'identity-refused'],
    ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'no-h2'],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'closed'],
    ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'closed'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'untrusted'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'untrusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'untrusted'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'untrusted'],
    ['CERT_HAS_EXPIRED', 'untrusted'],
    ['CERT_SIGNATURE_FAILURE', 'untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'untrusted'],
    ['EPROTO', 'not-tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'not-tls'],
    ['HPE_INVALID_CONSTANT', 'no-upgrade'],
  ])('%s is %s', (code, kind) => {
    const error = dialError(withCode(code));
    expect(error.kind).toBe(kind);
    expect(error.message).not.toBe('');
  });

  it('looks for what lies beneath, and at its own as they are', () => {
    const beneath = new Error('HTTP/2 session', { cause: withCode('ECONNREFUSED') });
    expect(dialError(beneath)).toMatchObject({ kind: 'network', cause: beneath });
    expect(dialError(new Late('too late')).kind).toBe('timeout');
    const own = new DialError('no-h2', 'it speaks no HTTP/2');
    expect(dialError(own)).toBe(own);
  });
});

describe('what Auth says of a certificate that it does not accept', () => {
  const settings = { proxy: 'p:443', identityFile: '/i', cluster: 'c' };
  const explain = (code: string) =>
    explainDial([{ route: 'tls-routing', error: dialError(withCode(code)) }], undefined, settings);

  it('that it has expired, though we do not think so', () => {
    expect(explain('ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED')).toMatchObject({
      code: 'identity-expired',
      message: expect.stringMatching(/^The identity in \/i expired\..*compare the clocks\.$/),
    });
  });

  it('that it does not know who issued it', () => {
    expect(explain('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA')).toMatchObject({
      code: 'identity-invalid',
      message:
        'Teleport at p:443 refuses the identity in /i (ERR_SSL_TLSV1_ALERT_UNKNOWN_CA): another cluster issued it, or this one has changed its authorities since. Issue it anew.',
    });
  });
});
