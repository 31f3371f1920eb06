import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { type IdentityParts, identityText, makeIdentity } from '../testing/identity.ts';
import { parseIdentity } from './identity.ts';

const EXPIRES_AT = Date.UTC(2030, 0, 1, 12);

describe('parseIdentity', () => {
  let parts: IdentityParts;
  beforeAll(async () => {
    parts = await makeIdentity({ expiresAt: EXPIRES_AT, roles: ['dblab-bot', 'a,b=c + d'] });
  });

  it('tells who it speaks for, in which cluster and until when', () => {
    const identity = parseIdentity(identityText(parts));
    expect(identity).toMatchObject({
      user: 'bot-dblab',
      roles: ['dblab-bot', 'a,b=c + d'],
      cluster: 'example.com',
      expiresAt: EXPIRES_AT,
    });
    expect(identity.notBefore).toBeLessThan(EXPIRES_AT);
    expect(identity.cert).toBe(parts.cert);
    expect(identity.key.reveal()).toContain('BEGIN PRIVATE KEY');
  });

  it.each([
    ['rsa', 'pkcs1', 'RSA PRIVATE KEY'],
    ['ec', 'sec1', 'EC PRIVATE KEY'],
    ['ec', 'pkcs8', 'PRIVATE KEY'],
  ] as const)('reads an %s key in %s', async (keyType, keyFormat, label) => {
    const other = await makeIdentity({ expiresAt: EXPIRES_AT, keyType, keyFormat });
    expect(other.key).toContain(`BEGIN ${label}`);
    expect(parseIdentity(identityText(other)).user).toBe('bot-dblab');
  });

  it('reads several roles in one part of the subject', async () => {
    const roles = ['one', 'two'];
    const other = await makeIdentity({ expiresAt: EXPIRES_AT, roles, isOneRdn: true });
    expect(parseIdentity(identityText(other))).toMatchObject({ user: 'bot-dblab', roles });
  });

  it('believes the subject about the cluster rather than the issuer', async () => {
    const other = await makeIdentity({ expiresAt: EXPIRES_AT, cluster: 'c.test', issuer: 'root.test' });
    expect(parseIdentity(identityText(other)).cluster).toBe('c.test');
  });

  it('takes the cluster from the issuer where the subject does not name it', async () => {
    const other = await makeIdentity({
      expiresAt: EXPIRES_AT,
      cluster: 'c.test',
      hasClusterAttribute: false,
    });
    expect(parseIdentity(identityText(other)).cluster).toBe('c.test');
  });

  it('does without SSH lines and with Windows line ends', () => {
    const text = identityText({ ...parts, ssh: '', sshAuthority: '' }).replaceAll('\n', '\r\n');
    expect(parseIdentity(text).user).toBe('bot-dblab');
  });

  it('keeps every authority of a rotation', async () => {
    const next = await makeIdentity({ expiresAt: EXPIRES_AT });
    const authorities = parts.authorities + next.authorities;
    expect(parseIdentity(identityText({ ...parts, authorities })).caCerts).toEqual([
      parts.authorities,
      next.authorities,
    ]);
  });

  it('trusts certificates alone, whatever else stands among the authorities', () => {
    const authorities = parts.key + parts.authorities;
    expect(parseIdentity(identityText({ ...parts, authorities })).caCerts).toEqual([parts.authorities]);
  });

  it('is called an identity where it has no file', () => {
    expect(() => parseIdentity('')).toThrow(/^The identity cannot be used: /);
  });

  it('never prints its key', () => {
    const identity = parseIdentity(identityText(parts));
    const secret = parts.key.split('\n')[1] ?? '';
    expect(secret).not.toBe('');
    expect(inspect(identity, { depth: 9, showHidden: true })).not.toContain(secret);
    expect(JSON.stringify(identity)).not.toContain(secret);
  });

  it('refuses a file that stops anywhere inside, or says the same as the whole', () => {
    const text = identityText(parts);
    for (let length = 0; length < text.length; length += 7) {
      const cut = text.slice(0, length);
      try {
        expect(parseIdentity(cut)).toMatchObject({ user: 'bot-dblab', expiresAt: EXPIRES_AT });
      } catch (error) {
        expect(error).toMatchObject({ code: 'identity-invalid' });
      }
    }
  });

  describe('says what is wrong', () => {
    let other: IdentityParts;
    beforeAll(async () => {
      other = await makeIdentity({ expiresAt: EXPIRES_AT });
    });
    const noBlocks = { key: '', ssh: '', cert: '', sshAuthority: '', authorities: '' };

    it.each<[string, () => string, RegExp]>([
      ['nothing', () => '', /holds no key and no certificate/],
      ['garbage', () => '\0\u0001{}', /holds no key and no certificate/],
      ['a cut-off certificate', () => identityText(parts).slice(0, 600), /cut off/],
      ['another key', () => identityText({ ...parts, key: other.key }), /do not belong together/],
      [
        'a hardware key',
        () => identityText({ ...parts, key: parts.key.replaceAll('PRIVATE', 'PIV YUBIKEY PRIVATE') }),
        /hardware token/,
      ],
      ['a certificate alone', () => identityText({ ...noBlocks, cert: parts.cert }), /--format=file/],
      [
        'authorities alone',
        () => identityText({ ...noBlocks, cert: parts.cert, authorities: parts.authorities }),
        /--format=file/,
      ],
      ['a key alone', () => identityText({ ...noBlocks, key: parts.key }), /--format=file/],
      [
        'a damaged key',
        () => identityText({ ...parts, key: parts.key.replace(/\nM.{8}/, '\nMAAAAAAAA') }),
        /damaged/,
      ],
      [
        'a damaged certificate',
        () => identityText({ ...parts, cert: parts.cert.replace(/\nM.{8}/, '\nMAAAAAAAA') }),
        /damaged/,
      ],
      ['a megabyte and a byte', () => 'x'.repeat(1024 * 1024 + 1), /larger than 1 MiB/],
    ])('%s', (_what, text, sentence) => {
      expect(() => parseIdentity(text(), '/etc/id')).toThrow(sentence);
      expect(() => parseIdentity(text(), '/etc/id')).toThrow(/^The identity file \/etc\/id cannot be used: /);
    });
  });
});
