/**
 * A resource as Teleport's documents spell it, the way `tctl get` prints and `tctl create` reads them. A
 * document has fields that are not ours: what is read keeps them in `source`, and an update gives them back.
 */
import { z } from 'zod';
import { teleportsLabels } from './label.ts';
import { type Labels, type Resource, TLS_MODES, type TlsMode } from './resource.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Document extends Fields {
  readonly kind: string;
  readonly version: string;
  readonly metadata: Fields;
  readonly spec: Fields;
}

/** What else stands in a document is nobody's concern here: cloud settings, status, revision. */
const schema = z.object({
  kind: z.enum(['db', 'app']),
  metadata: z.object({ name: z.string(), labels: z.unknown().optional(), expires: z.string().nullish() }),
  spec: z.object({
    protocol: z.string().default(''),
    uri: z.string().default(''),
    tls: z.object({ mode: z.union([z.number(), z.string()]).optional() }).optional(),
    insecure_skip_verify: z.boolean().default(false),
  }),
});

/** Throws when the document is no database or app, or has no name: a list with such a hole is no list. */
export function fromDocument(source: Fields): Resource {
  const { kind, metadata, spec } = schema.parse(source);
  const common = {
    name: metadata.name,
    labels: labelsOf(metadata.labels),
    uri: spec.uri,
    ...expiry(metadata.expires),
    source,
  };
  return kind === 'db'
    ? { kind, ...common, protocol: spec.protocol, tlsMode: tlsMode(spec.tls?.mode) }
    : { kind, ...common, insecureSkipVerify: spec.insecure_skip_verify };
}

/** A time that cannot be read is as good as none: Teleport gives none that long. */
function expiry(text: string | null | undefined): Pick<Resource, 'expires'> {
  const expires = Date.parse(text ?? '');
  return Number.isNaN(expires) ? {} : { expires };
}

/** Values are texts to Teleport; `true` without quotes is one that YAML takes for something else. */
function labelsOf(value: unknown): Labels {
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([key, it]) => [key, String(it)]));
}

/** Printed as a number; a text is what people write. Teleport verifies fully where nothing is said. */
function tlsMode(mode: number | string | undefined): TlsMode {
  return TLS_MODES.find((name, number) => mode === name || mode === number) ?? 'verify-full';
}

export function toDocument(resource: Resource): Document {
  return {
    kind: resource.kind,
    version: 'v3',
    metadata: { name: resource.name, labels: resource.labels, ...lease(resource) },
    spec: ownSpec(resource, {}),
  };
}

/**
 * The whole document for an update, because Teleport replaces the old one: our fields laid over the source
 * of `current`. Labels become exactly those of `resource`, but Teleport's own stay. The server's part (the
 * revision, 15's id, the status) is left out.
 */
export function toUpdatedDocument(resource: Resource, current: Resource): Document {
  const { status: _, ...source } = fieldsOf(current.source);
  const { revision: _revision, id: _id, expires: _expires, ...metadata } = fieldsOf(source['metadata']);
  const fresh = toDocument(resource);
  return {
    ...source,
    ...fresh,
    metadata: {
      ...metadata,
      name: resource.name,
      labels: { ...teleportsLabels(current.labels), ...resource.labels },
      ...lease(resource),
    },
    spec: ownSpec(resource, fieldsOf(source['spec'])),
  };
}

function lease({ expires }: Resource): Fields {
  return expires === undefined ? {} : { expires: new Date(expires).toISOString() };
}

function ownSpec(resource: Resource, spec: Fields): Fields {
  if (resource.kind === 'app') {
    return { ...spec, uri: resource.uri, insecure_skip_verify: resource.insecureSkipVerify };
  }
  const tls = { ...fieldsOf(spec['tls']), mode: resource.tlsMode };
  return { ...spec, protocol: resource.protocol, uri: resource.uri, tls };
}

/** A source read by another transport, or none, has no such fields. */
function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
