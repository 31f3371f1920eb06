import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { translate } from './api-watch.ts';
import { DatabaseTlsMode, EventSchema, EventType } from './gen/auth_pb.ts';

type Sent = NonNullable<MessageInitShape<typeof EventSchema>['resource']>;

const told = (type: EventType, resource: Sent = { case: undefined }) =>
  translate(create(EventSchema, { type, resource }));
const HOST = '6f1a5a6e-3c1d-4f0a-9f3e-1d2c3b4a5968';
const metadata = { name: 'clone', labels: { dblab: 'true' } };

describe('events', () => {
  it('begin with one that says so', () => {
    expect(told(EventType.INIT)).toEqual({ kind: 'opened' });
  });

  it('tell of what was created or changed, whole', () => {
    const spec = { protocol: 'postgres', uri: '127.0.0.1:6000', tls: { mode: DatabaseTlsMode.INSECURE } };
    expect(told(EventType.PUT, { case: 'database', value: { metadata, spec } })).toMatchObject({
      kind: 'put',
      resource: {
        kind: 'db',
        name: 'clone',
        labels: { dblab: 'true' },
        uri: '127.0.0.1:6000',
        tlsMode: 'insecure',
      },
    });
    expect(told(EventType.PUT, { case: 'app', value: { metadata } })).toMatchObject({
      kind: 'put',
      resource: { kind: 'app', name: 'clone' },
    });
  });

  it('tell of deletes by kind and name', () => {
    for (const kind of ['db', 'app']) {
      const value = { kind, metadata: { name: 'x' } };
      expect(told(EventType.DELETE, { case: 'resourceHeader', value })).toEqual({
        kind: 'delete',
        of: kind,
        name: 'x',
      });
    }
  });

  it('tell which agent serves a database, how it finds it, and until when', () => {
    const value = {
      metadata: { name: 'clone', expires: timestampFromMs(1_234_000) },
      spec: { hostname: 'db-host', hostId: HOST, database: { metadata } },
      status: { targetHealth: { status: 'unhealthy' } },
    };
    expect(told(EventType.PUT, { case: 'databaseServer', value })).toEqual({
      kind: 'serving',
      of: 'db',
      name: 'clone',
      host: 'db-host',
      hostId: HOST,
      health: 'unhealthy',
      expiresAt: 1_234_000,
    });
  });

  it('of Teleport 15 say nothing of health', () => {
    const value = { metadata, spec: { hostname: 'h', hostId: HOST, app: { metadata } } };
    const serving = { kind: 'serving', name: 'clone', host: 'h', hostId: HOST };
    expect(told(EventType.PUT, { case: 'appServer', value })).toEqual({ ...serving, of: 'app' });
    const { app: _, ...spec } = value.spec;
    expect(told(EventType.PUT, { case: 'databaseServer', value: { metadata, spec } })).toEqual({
      ...serving,
      of: 'db',
    });
  });

  it.each([
    [
      '18 with the host',
      'db',
      { case: 'resourceHeader', value: { kind: 'db_server', metadata: { name: 'x', description: HOST } } },
      { hostId: HOST },
    ],
    [
      '18 without',
      'app',
      { case: 'resourceHeader', value: { kind: 'app_server', metadata: { name: 'x' } } },
      {},
    ],
    [
      '15 with the host',
      'db',
      { case: 'databaseServer', value: { metadata: { name: 'x' }, spec: { hostId: HOST } } },
      { hostId: HOST },
    ],
    [
      '15 with the host, as said in 18',
      'app',
      { case: 'appServer', value: { metadata: { name: 'x', description: HOST } } },
      { hostId: HOST },
    ],
    ['15 without', 'app', { case: 'appServer', value: { metadata: { name: 'x' } } }, {}],
  ] as [string, string, Sent, object][])(
    'tell that an agent serves no more: Teleport %s',
    (_what, of, sent, host) => {
      expect(told(EventType.DELETE, sent)).toEqual({ kind: 'not-serving', of, name: 'x', ...host });
    },
  );

  it('of other kinds, or of nothing, are passed over', () => {
    expect(told(EventType.PUT)).toBeUndefined();
    expect(told(EventType.DELETE, { case: 'resourceHeader', value: { kind: 'role' } })).toBeUndefined();
    expect(told(EventType.PUT, { case: 'database', value: {} })).toBeUndefined();
    expect(translate(create(EventSchema, { type: 7 as EventType }))).toBeUndefined();
  });
});
