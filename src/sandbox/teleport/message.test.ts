import type { Message, UnknownField } from '@bufbuild/protobuf';
import { clone, create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import type { AppV3, DatabaseV3 } from '../../teleport/gen/auth_pb.ts';
import {
  AppSpecV3Schema,
  AppV3Schema,
  DatabaseSpecV3Schema,
  DatabaseTlsSchema,
  DatabaseV3Schema,
  MetadataSchema,
} from '../../teleport/gen/auth_pb.ts';
import type { Document, Draft } from './document.ts';
import { appDraft, databaseDraft, toApp, toDatabase } from './message.ts';
import { parseDocument } from './rules.ts';

/** As the store keeps it. */
const kept = (draft: Draft): Document => ({ ...draft, metadata: { ...draft.metadata, revision: 'r' } });

const overTheWire = (message: DatabaseV3) =>
  fromBinary(DatabaseV3Schema, toBinary(DatabaseV3Schema, message));
const appOverTheWire = (message: AppV3) => fromBinary(AppV3Schema, toBinary(AppV3Schema, message));

const field = (no: number, text: string): UnknownField => ({
  no,
  wireType: WireType.LengthDelimited,
  data: new BinaryWriter().string(text).finish(),
});

function withField<Target extends Message>(message: Target, unknown: UnknownField): Target {
  message.$unknown = [unknown];
  return message;
}

const DATABASE = {
  kind: 'db',
  metadata: {
    name: 'a',
    description: 'by hand',
    labels: { dblab: 'true' },
    expires: '2030-01-01T00:00:00.000Z',
  },
  spec: {
    protocol: 'postgres',
    uri: 'h:1',
    tls: { mode: 2, server_name: 's', ca_cert: 'PEM', trust_system_cert_pool: true },
    admin_user: { name: 'root' },
    mysql: { server_version: '8' },
  },
};
const APP = {
  kind: 'app',
  metadata: { name: 'a', labels: {} },
  spec: {
    uri: 'http://h:1',
    public_addr: 'a.example.com',
    insecure_skip_verify: true,
    rewrite: { headers: [{ name: 'Host', value: 'h' }] },
  },
};

describe("tctl's document as a message", () => {
  it('comes back the same from whoever read it and writes it again', () => {
    const database = parseDocument(DATABASE);
    expect(databaseDraft(overTheWire(toDatabase(kept(database))))).toEqual(database);
    const app = parseDocument(APP);
    expect(appDraft(appOverTheWire(toApp(kept(app))))).toEqual(app);
  });

  it('keeps what the reader does not know when the reader changes what it knows', () => {
    const message = overTheWire(toDatabase(kept(parseDocument(DATABASE))));
    if (message.spec) message.spec.uri = 'h:2';
    if (message.metadata) message.metadata.labels = { team: 'x' };
    const { metadata, spec } = databaseDraft(message);
    expect(spec).toEqual({ ...DATABASE.spec, uri: 'h:2' });
    expect(metadata).toEqual({ ...DATABASE.metadata, labels: { team: 'x' } });
  });

  it('is not kept by a writer that begins from nothing', () => {
    const { name } = DATABASE.metadata;
    const metadata = create(MetadataSchema, { name });
    const spec = create(DatabaseSpecV3Schema, { protocol: 'postgres', uri: 'h:1' });
    expect(databaseDraft(create(DatabaseV3Schema, { metadata, spec }))).toEqual({
      kind: 'db',
      version: 'v3',
      metadata: { name, labels: {} },
      spec: { protocol: 'postgres', uri: 'h:1', tls: { mode: 0 } },
    });
  });
});

describe('a message with fields that nobody here knows', () => {
  it('gives each of them back where it was', () => {
    const metadata = withField(create(MetadataSchema, { name: 'a' }), field(90, 'of the metadata'));
    const tls = withField(create(DatabaseTlsSchema), field(91, 'of the tls'));
    const spec = create(DatabaseSpecV3Schema, { protocol: 'postgres', uri: 'h:1', tls });
    withField(spec, field(92, 'of the spec'));
    const message = withField(create(DatabaseV3Schema, { metadata, spec }), field(93, 'of the document'));
    const back = overTheWire(toDatabase(kept(databaseDraft(overTheWire(message)))));
    expect(back.$unknown).toEqual(message.$unknown);
    expect(back.metadata?.$unknown).toEqual(metadata.$unknown);
    expect(back.spec?.$unknown).toEqual(spec.$unknown);
    expect(back.spec?.tls?.$unknown).toEqual(tls.$unknown);
  });

  it('does so for an app as well', () => {
    const spec = withField(create(AppSpecV3Schema, { uri: 'h:1' }), field(94, 'of the app'));
    const app = create(AppV3Schema, { metadata: create(MetadataSchema, { name: 'a' }), spec });
    expect(appOverTheWire(toApp(kept(appDraft(app)))).spec?.$unknown).toEqual(spec.$unknown);
  });
});

describe("the metadata of Teleport 15's messages", () => {
  it('holds the time of the last write, which a writer cannot set', () => {
    const draft = parseDocument(DATABASE);
    const document = {
      ...draft,
      metadata: { ...draft.metadata, revision: 'r', id: 1_700_000_000_000_000_000 },
    };
    const message = overTheWire(toDatabase(document));
    expect(message.metadata?.$unknown?.map(({ no, wireType }) => [no, wireType])).toEqual([[7, 0]]);
    expect(databaseDraft(clone(DatabaseV3Schema, message))).toEqual(draft);
  });
});
