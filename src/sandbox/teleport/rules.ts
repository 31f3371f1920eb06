import type { Draft } from './document.ts';
import { ORIGIN_LABEL } from './document.ts';
import { Refusal } from './refusal.ts';
import { documentSchema } from './schema.ts';

const DATABASE_NAME = '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$';
const LABEL_KEY = /^[A-Za-z0-9/._:*-]+$/;
const PROTOCOLS = [
  'postgres',
  'mysql',
  'mongodb',
  'oracle',
  'redis',
  'sqlserver',
  'cockroachdb',
  'snowflake',
  'cassandra',
  'elasticsearch',
  'opensearch',
  'dynamodb',
  'clickhouse',
  'spanner',
];
const ORIGINS = [
  'defaults',
  'config-file',
  'dynamic',
  'cloud',
  'kubernetes',
  'okta',
  'scim',
  'discovery-kubernetes',
  'entra-id',
  'aws-identity-center',
  'integration_awsrolesanywhere',
];

/**
 * Reads a database or app as Teleport does: keeps the fields it knows, drops the rest, and refuses what
 * Teleport refuses, in Teleport's words. Throws a `Refusal` with the code `invalid`.
 */
export function parseDocument(value: unknown): Draft {
  const parsed = documentSchema.safeParse(value);
  if (!parsed.success) throw invalid(wrongType(value, parsed.error.issues[0]?.path ?? []));
  const { kind, metadata, spec } = parsed.data;
  const { name, description } = metadata;
  const labels = metadata.labels ?? {};
  const expires = metadata.expires ?? undefined;

  if (name === '') throw invalid('missing parameter Name');
  checkNamespace(metadata.namespace);
  checkLabels(labels);
  if (kind === 'db') checkDatabase(name, spec);
  else if (spec.uri === '') throw invalid(`app "${name}" URI is empty`);
  if (expires !== undefined) checkTime(expires);

  return {
    kind,
    version: 'v3',
    metadata: {
      name,
      ...(description ? { description } : {}),
      labels,
      ...(expires === undefined ? {} : { expires }),
    },
    spec,
  };
}

function checkNamespace(namespace: string | undefined): void {
  if (namespace !== undefined && namespace !== '' && namespace !== 'default')
    throw invalid(`invalid namespace "${namespace}" (namespaces are deprecated)`);
}

function checkLabels(labels: Readonly<Record<string, string>>): void {
  for (const key of Object.keys(labels))
    if (!LABEL_KEY.test(key)) throw invalid(`invalid label key: "${key}"`);
  const origin = labels[ORIGIN_LABEL];
  if (origin !== undefined && !ORIGINS.includes(origin))
    throw invalid(`invalid origin value "${origin}", must be one of [${ORIGINS.join(' ')}]`);
}

function checkDatabase(name: string, spec: { protocol: string; uri: string }): void {
  if (!new RegExp(DATABASE_NAME).test(name))
    throw invalid(
      `invalid database name\n\t"${name}" does not match regex used for validation "${DATABASE_NAME}"`,
    );
  if (spec.protocol === '') throw invalid(`database "${name}" protocol is empty`);
  if (spec.uri === '') throw invalid(`database "${name}" URI is empty`);
  if (!PROTOCOLS.includes(spec.protocol))
    throw invalid(
      `unsupported database "${name}" protocol "${spec.protocol}", supported are: [${PROTOCOLS.join(' ')}]`,
    );
  const fault = addressFault(spec.uri);
  if (fault) throw invalid(`invalid database "${name}" address "${spec.uri}": address ${spec.uri}: ${fault}`);
}

/** Splits like Go's net.SplitHostPort, which does not ask whether the port is a number. */
function addressFault(uri: string): string | undefined {
  const bracketed = /^\[[^\]]*\](.*)$/s.exec(uri);
  const rest = bracketed ? (bracketed[1] ?? '') : uri;
  const colons = rest.split(':').length - 1;
  if (colons === 0) return 'missing port in address';
  return colons > 1 ? 'too many colons in address' : undefined;
}

function checkTime(expires: string): void {
  if (!/^\d{4}-\d\d-\d\dT/.test(expires) || Number.isNaN(Date.parse(expires)))
    throw invalid(`parsing time "${expires}" as "2006-01-02T15:04:05Z07:00": cannot parse`);
}

/** Go's JSON reader names the first byte that did not fit. */
function wrongType(value: unknown, path: readonly PropertyKey[]): string {
  let found: unknown = value;
  for (const key of path) found = Object(found)[key];
  const field = path.map(String).join('.');
  const byte = (JSON.stringify(found) ?? 'null').slice(0, 1);
  return `${field}: ReadString: expects " or n, but found ${byte}`;
}

function invalid(text: string): Refusal {
  return new Refusal('invalid', text);
}
