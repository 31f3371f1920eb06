/**
 * Databases and apps as messages of Teleport's API, and back: the same documents that tctl writes. What one
 * face knows and the other does not survives the trip: fields of a message that nobody here knows stay with
 * the document as they came, and what only tctl knows travels in a message as a field of that sort.
 */
import type { Message, UnknownField } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { timestampDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { AppV3, DatabaseV3, Metadata } from '../../teleport/gen/auth_pb.ts';
import {
  AppSpecV3Schema,
  AppV3Schema,
  DatabaseSpecV3Schema,
  DatabaseTlsSchema,
  DatabaseV3Schema,
  MetadataSchema,
} from '../../teleport/gen/auth_pb.ts';
import type { Document, Draft, Unread } from './document.ts';
import { parseDocument } from './rules.ts';

type Json = Readonly<Record<string, unknown>>;
type Fields = readonly UnknownField[];

/** Field of Teleport 15's metadata: nanoseconds of the last write. */
const ID_FIELD = 7;
/** Not one of Teleport's. */
const BEYOND_FIELD = 15_000;

/** Throws a `Refusal` where Teleport would not take it. */
export function databaseDraft(message: DatabaseV3): Draft {
  const { spec } = message;
  const tls = spec?.tls;
  const beyond = beyondIn(message);
  return draft('db', message, {
    spec: {
      ...beyond,
      protocol: spec?.protocol,
      uri: spec?.uri,
      tls: {
        ...Object(beyond['tls']),
        mode: tls?.mode,
        ...present({ ca_cert: tls?.caCert, server_name: tls?.serverName }),
      },
    },
    unread: { spec: spec?.$unknown, tls: tls?.$unknown },
  });
}

/** Throws a `Refusal` where Teleport would not take it. */
export function appDraft(message: AppV3): Draft {
  const { spec } = message;
  return draft('app', message, {
    spec: {
      ...beyondIn(message),
      uri: spec?.uri,
      ...present({ public_addr: spec?.publicAddr }),
      insecure_skip_verify: spec?.insecureSkipVerify,
    },
    unread: { spec: spec?.$unknown },
  });
}

export function toDatabase(document: Document): DatabaseV3 {
  const { kind, version, unread } = document;
  const { protocol, uri, tls, ...beyond } = document.spec;
  const { mode, ca_cert: caCert, server_name: serverName, ...beyondTls } = Object(tls);
  const tlsMessage = withFields(create(DatabaseTlsSchema, { mode, caCert, serverName }), unread?.tls);
  const spec = create(DatabaseSpecV3Schema, { protocol: String(protocol), uri, tls: tlsMessage });
  const message = create(DatabaseV3Schema, {
    kind,
    version,
    metadata: toMetadata(document),
    spec: withFields(spec, unread?.spec),
  });
  return withFields(message, [
    ...(unread?.document ?? []),
    ...beyondField({ ...beyond, ...(isEmpty(beyondTls) ? {} : { tls: beyondTls }) }),
  ]);
}

export function toApp(document: Document): AppV3 {
  const { kind, version, unread } = document;
  const { uri, public_addr: publicAddr, insecure_skip_verify: insecure, ...beyond } = document.spec;
  const spec = create(AppSpecV3Schema, {
    uri,
    publicAddr: String(publicAddr ?? ''),
    insecureSkipVerify: insecure === true,
  });
  const message = create(AppV3Schema, {
    kind,
    version,
    metadata: toMetadata(document),
    spec: withFields(spec, unread?.spec),
  });
  return withFields(message, [...(unread?.document ?? []), ...beyondField(beyond)]);
}

function draft(
  kind: 'db' | 'app',
  message: DatabaseV3 | AppV3,
  { spec, unread }: { spec: Json; unread: Unread },
): Draft {
  const { metadata } = message;
  const parsed = parseDocument({
    kind,
    metadata: {
      name: metadata?.name,
      namespace: metadata?.namespace,
      description: metadata?.description,
      labels: metadata?.labels,
      expires: metadata?.expires && timestampDate(metadata.expires).toISOString(),
    },
    spec,
  });
  const rest: Unread = {
    ...unread,
    document: message.$unknown?.filter(({ no }) => no !== BEYOND_FIELD),
    metadata: metadata?.$unknown?.filter(({ no }) => no !== ID_FIELD),
  };
  return Object.values(rest).some((fields) => fields?.length > 0) ? { ...parsed, unread: rest } : parsed;
}

function toMetadata({ metadata, unread }: Document): Metadata {
  const { name, description, labels, expires, revision, id } = metadata;
  const message = create(MetadataSchema, {
    name,
    namespace: 'default',
    description: description ?? '',
    labels: { ...labels },
    revision,
  });
  if (expires !== undefined) message.expires = timestampFromMs(Date.parse(expires));
  return withFields(message, [...(unread?.metadata ?? []), ...idField(id)]);
}

function idField(id: number | undefined): Fields {
  if (id === undefined) return [];
  return [{ no: ID_FIELD, wireType: WireType.Varint, data: new BinaryWriter().int64(BigInt(id)).finish() }];
}

function beyondField(beyond: Json): Fields {
  if (isEmpty(beyond)) return [];
  const data = new BinaryWriter().string(JSON.stringify(beyond)).finish();
  return [{ no: BEYOND_FIELD, wireType: WireType.LengthDelimited, data }];
}

function beyondIn(message: Message): Json {
  const field = message.$unknown?.find(({ no }) => no === BEYOND_FIELD);
  return field === undefined ? {} : JSON.parse(new BinaryReader(field.data).string());
}

function withFields<Target extends Message>(message: Target, fields: Fields | undefined): Target {
  if (fields !== undefined && fields.length > 0) message.$unknown = [...fields];
  return message;
}

function isEmpty(object: Json): boolean {
  return Object.keys(object).length === 0;
}

/** An empty text in a message is the same as none. */
function present(texts: Readonly<Record<string, string | undefined>>): Json {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text));
}
