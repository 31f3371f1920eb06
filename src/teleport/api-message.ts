/**
 * A resource as Teleport's messages spell it. A message has fields that are not ours, and fields that our
 * .proto does not know: what is read keeps them in `source`, and an update gives them back.
 */
import { clone, create, isMessage } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import {
  AppSpecV3Schema,
  type AppV3,
  AppV3Schema,
  DatabaseSpecV3Schema,
  DatabaseTlsMode,
  DatabaseTlsSchema,
  type DatabaseV3,
  DatabaseV3Schema,
  type Metadata,
  MetadataSchema,
} from './gen/auth_pb.ts';
import { teleportsLabels } from './label.ts';
import { type App, type Database, TLS_MODES, type TlsMode } from './resource.ts';

/** Throws when it has no name: a list with such a hole is no list. */
export function fromDatabase(source: DatabaseV3): Database {
  const { metadata, spec } = source;
  return {
    kind: 'db',
    name: nameOf(metadata),
    labels: { ...metadata?.labels },
    protocol: spec?.protocol ?? '',
    uri: spec?.uri ?? '',
    ...expiry(metadata),
    tlsMode: TLS_MODES[spec?.tls?.mode ?? 0] ?? 'verify-full',
    source,
  };
}

/** Throws when it has no name. */
export function fromApp(source: AppV3): App {
  const { metadata, spec } = source;
  return {
    kind: 'app',
    name: nameOf(metadata),
    labels: { ...metadata?.labels },
    uri: spec?.uri ?? '',
    insecureSkipVerify: spec?.insecureSkipVerify ?? false,
    ...expiry(metadata),
    source,
  };
}

export function isDatabaseMessage(source: unknown): source is DatabaseV3 {
  return isMessage(source, DatabaseV3Schema);
}

export function isAppMessage(source: unknown): source is AppV3 {
  return isMessage(source, AppV3Schema);
}

/**
 * Our fields laid over the message that was read, or a new message where there is none. Labels become
 * exactly those of the resource, but Teleport's own stay.
 */
export function toDatabase(resource: Database, source?: DatabaseV3): DatabaseV3 {
  const message = source ? clone(DatabaseV3Schema, source) : create(DatabaseV3Schema, HEADER.db);
  message.metadata = toMetadata(resource, message.metadata);
  message.spec ??= create(DatabaseSpecV3Schema);
  message.spec.protocol = resource.protocol;
  message.spec.uri = resource.uri;
  message.spec.tls ??= create(DatabaseTlsSchema);
  message.spec.tls.mode = TLS_NUMBERS[resource.tlsMode];
  return message;
}

/** As `toDatabase`. */
export function toApp(resource: App, source?: AppV3): AppV3 {
  const message = source ? clone(AppV3Schema, source) : create(AppV3Schema, HEADER.app);
  message.metadata = toMetadata(resource, message.metadata);
  message.spec ??= create(AppSpecV3Schema);
  message.spec.uri = resource.uri;
  message.spec.insecureSkipVerify = resource.insecureSkipVerify;
  return message;
}

const TLS_NUMBERS: Readonly<Record<TlsMode, DatabaseTlsMode>> = {
  'verify-full': DatabaseTlsMode.VERIFY_FULL,
  'verify-ca': DatabaseTlsMode.VERIFY_CA,
  insecure: DatabaseTlsMode.INSECURE,
};

const HEADER = { db: { kind: 'db', version: 'v3' }, app: { kind: 'app', version: 'v3' } } as const;

function toMetadata({ name, labels, expires }: Database | App, source = create(MetadataSchema)): Metadata {
  source.name = name;
  if (expires === undefined) delete source.expires;
  else source.expires = timestampFromMs(expires);
  source.labels = { ...teleportsLabels(source.labels), ...labels };
  return source;
}

function expiry(metadata: Metadata | undefined): { expires?: number } {
  return metadata?.expires === undefined ? {} : { expires: timestampMs(metadata.expires) };
}

function nameOf(metadata: Metadata | undefined): string {
  if (metadata?.name) return metadata.name;
  throw new TypeError('a resource has no name');
}
