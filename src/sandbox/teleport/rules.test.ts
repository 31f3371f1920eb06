import { describe, expect, it } from 'vitest';
import { parseDocument } from './rules.ts';

type Fields = Record<string, unknown>;

const db = (metadata: Fields = {}, spec: Fields = {}): Fields => ({
  kind: 'db',
  version: 'v3',
  metadata: { name: 'a', ...metadata },
  spec: { protocol: 'postgres', uri: '127.0.0.1:6000', ...spec },
});
const app = (metadata: Fields = {}, spec: Fields = {}): Fields => ({
  kind: 'app',
  metadata: { name: 'a', ...metadata },
  spec: { uri: 'http://127.0.0.1:2345', ...spec },
});

describe('a document that Teleport refuses', () => {
  it.each([
    ['a database name with _', db({ name: 'a_b' }), 'invalid database name\n\t"a_b" does not match regex'],
    ['a database name with a dot', db({ name: 'v1.2' }), 'invalid database name'],
    ['a database name that begins with a digit', db({ name: '1a' }), 'invalid database name'],
    ['a database name that ends with -', db({ name: 'a-' }), 'invalid database name'],
    ['no name', db({ name: '' }), 'missing parameter Name'],
    ['a label key with a blank', db({ labels: { 'a b': 'x' } }), 'invalid label key: "a b"'],
    ['a label that is no text', db({ labels: { dblab: true } }), 'expects " or n, but found t'],
    [
      'an origin that nobody knows',
      db({ labels: { 'teleport.dev/origin': 'me' } }),
      'invalid origin value "me"',
    ],
    ['another namespace', db({ namespace: 'other' }), 'invalid namespace "other"'],
    ['an expiry that is no time', db({ expires: 'tomorrow' }), 'parsing time "tomorrow"'],
    ['no uri', db({}, { uri: '' }), 'database "a" URI is empty'],
    ['a uri without a port', db({}, { uri: 'localhost' }), 'address localhost: missing port in address'],
    ['a uri with a scheme', db({}, { uri: 'postgres://h:5432' }), 'too many colons in address'],
    ['a bare IPv6 address', db({}, { uri: '::1:5432' }), 'too many colons in address'],
    ['no protocol', db({}, { protocol: '' }), 'database "a" protocol is empty'],
    ['an unknown protocol', db({}, { protocol: 'http' }), 'unsupported database "a" protocol "http"'],
    ['a TLS mode that nobody knows', db({}, { tls: { mode: 'off' } }), 'spec.tls.mode'],
    ['an app without a uri', app({}, { uri: '' }), 'app "a" URI is empty'],
  ])('%s', (_, document, text) => {
    expect(() => parseDocument(document)).toThrowError(
      expect.objectContaining({ code: 'invalid', message: expect.stringContaining(text) }),
    );
  });
});

describe('a document that Teleport takes', () => {
  it.each([
    ['a database name of 200 characters', db({ name: 'a'.repeat(200) })],
    ['any value of a label', db({ labels: { k: 'ключ: "{{x}}"\n---' } })],
    ['every sign that a label key may have', db({ labels: { 'a/b.c_d:e*f-G9': 'x' } })],
    ['an IPv6 address in brackets', db({}, { uri: '[::1]:5432' })],
    ['a port that is no number', db({}, { uri: 'h:psql' })],
    ['an app name that no host could have', app({ name: 'My App_1.' })],
  ])('%s', (_, document) => {
    expect(parseDocument(document)).toMatchObject({ metadata: document['metadata'] as object });
  });

  it('keeps what Teleport knows and drops the rest without a word', () => {
    const known = { description: 'of ours', labels: { dblab: 'true' }, expires: '2030-01-01T00:00:00Z' };
    const spec = { admin_user: { name: 'root' }, tls: { mode: 2, server_name: 's' } };
    expect(parseDocument(db({ ...known, expire: 'typo' }, { ...spec, admin: 'typo' }))).toEqual({
      kind: 'db',
      version: 'v3',
      metadata: { name: 'a', ...known },
      spec: { protocol: 'postgres', uri: '127.0.0.1:6000', ...spec },
    });
    const rewrite = { headers: [{ name: 'Host', value: 'h' }] };
    expect(parseDocument(app({}, { rewrite, rewrites: 'typo' })).spec).toEqual({
      uri: 'http://127.0.0.1:2345',
      insecure_skip_verify: false,
      rewrite,
    });
  });

  it.each([
    ['verify-full', 0],
    ['verify-ca', 1],
    ['insecure', 2],
    ['', 0],
    [2, 2],
  ])('reads the TLS mode %j as the number %i', (mode, number) => {
    expect(parseDocument(db({}, { tls: { mode } })).spec['tls']).toEqual({ mode: number });
  });
});
