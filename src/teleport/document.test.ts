import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromDocument, toDocument, toUpdatedDocument } from './document.ts';
import type { App, Database } from './resource.ts';

const database: Database = {
  kind: 'db',
  name: 'dblab-clone-prod-a-6000',
  labels: { dblab: 'true', clone_id: 'a' },
  protocol: 'postgres',
  uri: '127.0.0.1:6000',
  tlsMode: 'insecure',
};
const app: App = {
  kind: 'app',
  name: 'dblab-api-prod',
  labels: { dblab: 'true' },
  uri: 'https://127.0.0.1:2345',
  insecureSkipVerify: true,
};

describe('fromDocument', () => {
  it.each([database, app])('reads what toDocument wrote: $kind', (resource) => {
    const document = toDocument(resource);
    expect(fromDocument(document)).toEqual({ ...resource, source: document });
  });

  it.each([
    [0, 'verify-full'],
    [1, 'verify-ca'],
    [2, 'insecure'],
    ['insecure', 'insecure'],
    ['', 'verify-full'],
    [undefined, 'verify-full'],
  ])('reads the TLS mode %j as %s', (mode, tlsMode) => {
    const document = toDocument(database);
    expect(fromDocument({ ...document, spec: { ...document.spec, tls: { mode } } })).toMatchObject({
      tlsMode,
    });
  });

  it('reads a database of somebody else with nothing in it', () => {
    expect(fromDocument({ kind: 'db', metadata: { name: 'x' }, spec: {} })).toMatchObject({
      name: 'x',
      labels: {},
      protocol: '',
      uri: '',
      tlsMode: 'verify-full',
    });
  });

  it('keeps labels of any name, as texts', () => {
    const labels = JSON.parse('{"__proto__":"a","toString":"b","n":6000,"t":true}');
    const read = fromDocument({ kind: 'app', metadata: { name: 'x', labels }, spec: {} });
    expect(Object.entries(read.labels)).toEqual([
      ['__proto__', 'a'],
      ['toString', 'b'],
      ['n', '6000'],
      ['t', 'true'],
    ]);
  });

  it.each([{ kind: 'role', metadata: { name: 'x' }, spec: {} }, { kind: 'db', metadata: {}, spec: {} }, {}])(
    'refuses %j',
    (document) => {
      expect(() => fromDocument(document)).toThrow();
    },
  );
});

describe('toUpdatedDocument', () => {
  const source = {
    kind: 'db',
    version: 'v3',
    sub_kind: 'later',
    metadata: {
      name: database.name,
      description: 'mind the gap',
      expires: '2030-01-01T00:00:00Z',
      labels: { dblab: 'true', stale: 'x', 'teleport.dev/origin': 'dynamic' },
      revision: '2eef7e04',
      id: 1795434320709119521n,
    },
    spec: { protocol: 'postgres', uri: 'old:1', aws: { rds: {} }, tls: { mode: 2, server_name: 'kept' } },
    status: { aws: {} },
  };
  const current = fromDocument(source);

  it('lays our fields over the document it was read from', () => {
    expect(toUpdatedDocument(database, current)).toEqual({
      kind: 'db',
      version: 'v3',
      sub_kind: 'later',
      metadata: {
        name: database.name,
        description: 'mind the gap',
        labels: { ...database.labels, 'teleport.dev/origin': 'dynamic' },
      },
      spec: {
        protocol: 'postgres',
        uri: '127.0.0.1:6000',
        aws: { rds: {} },
        tls: { mode: 'insecure', server_name: 'kept' },
      },
    });
  });

  it('renews a lease, and takes one away that is no longer asked for', () => {
    expect(current.expires).toBe(Date.UTC(2030, 0, 1));
    const expires = Date.UTC(2031, 0, 1);
    const renewed = toUpdatedDocument({ ...database, expires }, current);
    expect(renewed.metadata).toMatchObject({ expires: '2031-01-01T00:00:00.000Z' });
    expect(toUpdatedDocument(database, current).metadata).not.toHaveProperty('expires');
  });

  it('keeps the settings of an app that are not ours', () => {
    const spec = { uri: 'old', rewrite: { headers: [] } };
    const before = fromDocument({ kind: 'app', version: 'v3', metadata: { name: app.name }, spec });
    expect(toUpdatedDocument(app, before).spec).toEqual({
      uri: app.uri,
      rewrite: { headers: [] },
      insecure_skip_verify: true,
    });
  });

  it('reads back as what was asked for, whatever the source holds', () => {
    fc.assert(
      fc.property(fc.object(), (anything) => {
        const updated = toUpdatedDocument(database, { ...database, source: anything });
        expect(fromDocument(updated)).toMatchObject({ ...database, source: updated });
      }),
    );
  });

  it('does without a source', () => {
    expect(toUpdatedDocument(database, database)).toEqual(toDocument(database));
  });
});
