import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { fromApp, fromDatabase, toApp, toDatabase } from './api-message.ts';
import { AppV3Schema, type DatabaseV3, DatabaseV3Schema } from './gen/auth_pb.ts';
import { type App, type Database, TLS_MODES } from './resource.ts';

const database: Database = {
  kind: 'db',
  name: 'clone',
  labels: { dblab: 'true', 'a/b': 'c: d' },
  protocol: 'postgres',
  uri: '127.0.0.1:6000',
  tlsMode: 'insecure',
};
const app: App = {
  kind: 'app',
  name: 'api',
  labels: { dblab: 'true' },
  uri: 'https://h',
  insecureSkipVerify: true,
};

/** As it is after a journey. */
function sent(message: DatabaseV3): DatabaseV3 {
  return fromBinary(DatabaseV3Schema, toBinary(DatabaseV3Schema, message));
}

/** Field 99 of the database, 6 (aws) of its spec and 7 (id) of its metadata: all of them strangers to us. */
const STRANGE = Buffer.from(
  [
    '0a026462', // 1: "db"
    '1a027633', // 3: "v3"
    '220d0a05636c6f6e651a0268693805', // 4: name, description, id
    '2a0d0a026d791203683a3132020801', // 5: protocol, uri, aws
    '9a060568656c6c6f', // 99: "hello"
  ].join(''),
  'hex',
);

describe('messages', () => {
  it.each(TLS_MODES)('carry a database with TLS mode %s there and back', (tlsMode) => {
    const resource = { ...database, tlsMode };
    const message = sent(toDatabase(resource));
    expect(message).toMatchObject({ kind: 'db', version: 'v3' });
    expect(fromDatabase(message)).toEqual({ ...resource, source: message });
  });

  it('carry an app there and back', () => {
    const message = fromBinary(AppV3Schema, toBinary(AppV3Schema, toApp(app)));
    expect(message).toMatchObject({ kind: 'app', version: 'v3' });
    expect(fromApp(message)).toEqual({ ...app, source: message });
  });

  it('verify fully where nothing is said, or nothing that we know', () => {
    const metadata = { name: 'x' };
    expect(fromDatabase(create(DatabaseV3Schema, { metadata })).tlsMode).toBe('verify-full');
    const odd = fromBinary(DatabaseV3Schema, Buffer.from('22030a01782a0442020807', 'hex'));
    expect(fromDatabase(odd)).toMatchObject({ name: 'x', tlsMode: 'verify-full' });
  });

  it('without a name are no resources', () => {
    expect(() => fromDatabase(create(DatabaseV3Schema))).toThrow('no name');
    expect(() => fromApp(create(AppV3Schema, { metadata: { labels: { a: 'b' } } }))).toThrow('no name');
  });
});

describe('updates', () => {
  it('lay our fields over what was read and keep the rest, known or not', () => {
    const read = fromBinary(DatabaseV3Schema, STRANGE);
    const updated = sent(toDatabase(database, read));
    expect(fromDatabase(updated)).toEqual({ ...database, source: updated });
    expect(updated.metadata?.description).toBe('hi');
    const kept = [updated.$unknown, updated.metadata?.$unknown, updated.spec?.$unknown];
    expect(
      kept.map((fields) => fields?.map(({ no, data }) => [no, Buffer.from(data).toString('hex')])),
    ).toEqual([[[99, '0568656c6c6f']], [[7, '05']], [[6, '020801']]]);
  });

  it("replace our labels exactly and leave Teleport's", () => {
    const read = create(DatabaseV3Schema, {
      metadata: { name: 'clone', labels: { stale: 'x', dblab: 'old', 'teleport.dev/origin': 'dynamic' } },
    });
    expect(toDatabase(database, read).metadata?.labels).toEqual({
      ...database.labels,
      'teleport.dev/origin': 'dynamic',
    });
  });

  it('keep a public address and the rest of the TLS settings', () => {
    const read = create(DatabaseV3Schema, {
      metadata: { name: 'clone' },
      spec: { tls: { mode: 0, serverName: 'db.test', caCert: 'PEM' } },
    });
    expect(toDatabase(database, read)).toMatchObject({
      spec: { tls: { mode: 2, serverName: 'db.test', caCert: 'PEM' } },
    });
    const readApp = create(AppV3Schema, { metadata: { name: 'api' }, spec: { publicAddr: 'a.test' } });
    expect(toApp(app, readApp).spec?.publicAddr).toBe('a.test');
  });

  it('renew a lease, and take one away that is no longer asked for', () => {
    const read = create(DatabaseV3Schema, { metadata: { name: 'clone', expires: timestampFromMs(5_000) } });
    expect(fromDatabase(read).expires).toBe(5_000);
    expect(fromDatabase(toDatabase({ ...database, expires: 9_000 }, read)).expires).toBe(9_000);
    expect(fromDatabase(toDatabase(database, read)).expires).toBeUndefined();
    const readApp = create(AppV3Schema, { metadata: { name: 'api', expires: timestampFromMs(5_000) } });
    expect(toApp(app, readApp).metadata?.expires).toBeUndefined();
  });

  it('leave what was read as it was', () => {
    const read = create(DatabaseV3Schema, { metadata: { name: 'clone', labels: { a: 'b' } } });
    toDatabase(database, read);
    expect(read).toEqual(create(DatabaseV3Schema, { metadata: { name: 'clone', labels: { a: 'b' } } }));
  });
});
