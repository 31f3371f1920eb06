import type { Session } from '../teleport/auth.ts';
import { Refusal } from '../teleport/refusal.ts';
import type { RenderOptions } from './render.ts';
import { renderAgent, renderDocument, renderServer } from './render.ts';
import { asciiTable } from './table.ts';
import { yamlDocument } from './yaml.ts';

type Json = Readonly<Record<string, unknown>>;

/** One kind as asked for, with the documents as they are shown and the row each makes in a table. */
interface Collection {
  readonly documents: readonly Json[];
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const KINDS: Readonly<
  Record<string, (session: Session, name: string | undefined, options: RenderOptions) => Collection>
> = {
  db: databases,
  app: apps,
  db_server: databaseServers,
  db_service: agents,
  role: ({ administration }, name) => single(administration.role(name ?? '')),
  user: ({ administration }, name) => single(administration.user(name ?? '')),
};

const ALIASES: Readonly<Record<string, string>> = {
  apps: 'app',
  db_servers: 'db_server',
  db_services: 'db_service',
};

/** `tctl get KIND[/NAME][,KIND…]`: answers what goes to standard output. Throws a `Refusal`. */
export function get(session: Session, what: string, format: string, options: RenderOptions): string {
  const references = what.split(',').map(parseReference);
  if (references.length > 1 && format !== 'yaml')
    throw new Refusal('invalid', 'mixed resource types only support YAML formatting');
  const collections = references.map(({ list, name }) => list(session, name, options));
  return FORMATS[format]?.(collections) ?? unsupported(format);
}

const FORMATS: Readonly<Record<string, (collections: readonly Collection[]) => string>> = {
  json: (collections) => toJson(collections.flatMap(({ documents }) => documents)),
  yaml: (collections) => toYaml(collections.flatMap(({ documents }) => documents)),
  text: (collections) => collections.map(({ headings, rows }) => asciiTable(headings, rows)).join('\n'),
};

function parseReference(reference: string) {
  const [kind = '', name] = reference.split(/\/(.*)/s);
  const list = KINDS[ALIASES[kind] ?? kind];
  if (!list)
    throw new Refusal(
      'invalid',
      `unsupported resource: "${reference}" - resources should be expressed as 'type/name', for example 'connector/github'`,
    );
  return { list, name: name || undefined };
}

/** Kinds that are only asked for by name. */
function single(document: Json): Collection {
  const { name } = Object(document['metadata']);
  return { documents: [document], headings: ['Name'], rows: [[String(name)]] };
}

/** One database is looked for in the list, and so nothing tells a hidden one from one that is not there. */
function databases(session: Session, name: string | undefined, options: RenderOptions): Collection {
  const found = session.list('db').filter(({ metadata }) => name === undefined || metadata.name === name);
  if (name !== undefined && found.length === 0)
    throw new Refusal('not-found', `database "${name}" not found`);
  return {
    documents: found.map((document) => renderDocument(document, options.version)),
    headings: ['Name', 'Protocol', 'URI', 'Labels'],
    rows: found.map(({ metadata, spec }) => [
      metadata.name,
      String(spec['protocol']),
      spec.uri,
      labelText(metadata.labels),
    ]),
  };
}

function apps(session: Session, name: string | undefined, options: RenderOptions): Collection {
  const found = name === undefined ? session.list('app') : [session.get('app', name)];
  return {
    documents: found.map((document) => renderDocument(document, options.version)),
    headings: ['Name', 'Description', 'URI', 'Public Address', 'Labels', 'Version'],
    rows: found.map(({ metadata, spec, version }) => [
      metadata.name,
      metadata.description ?? '',
      spec.uri,
      String(spec['public_addr'] ?? ''),
      labelText(metadata.labels),
      version,
    ]),
  };
}

function databaseServers(session: Session, name: string | undefined, options: RenderOptions): Collection {
  const found = session
    .databaseServers()
    .filter(({ database }) => name === undefined || database.metadata.name === name);
  if (name !== undefined && found.length === 0)
    throw new Refusal('not-found', `database server "${name}" not found`);
  return {
    documents: found.map((server) => renderServer(server, options)),
    headings: ['Host', 'Name', 'Protocol', 'URI', 'Labels', 'Version'],
    rows: found.map(({ agent, database: { metadata, spec } }) => [
      agent.hostname,
      metadata.name,
      String(spec['protocol']),
      spec.uri,
      labelText(metadata.labels),
      options.version,
    ]),
  };
}

function agents(session: Session, name: string | undefined, { now }: RenderOptions): Collection {
  const found = session.agents().filter(({ hostId }) => name === undefined || hostId === name);
  return {
    documents: found.map((agent) => renderAgent(agent, now)),
    headings: ['Name', 'Resource Matchers'],
    rows: found.map(({ hostId, resources }) => [hostId, JSON.stringify(resources)]),
  };
}

/** Sorted, and without the labels that Teleport made. */
function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .filter(([key]) => !key.startsWith('teleport.dev/'))
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
}

/** An empty list ends without a newline. */
function toJson(documents: readonly Json[]): string {
  return documents.length === 0 ? '[]' : `${JSON.stringify(documents, undefined, 4)}\n`;
}

function toYaml(documents: readonly Json[]): string {
  return documents.length === 0 ? '[]\n' : documents.map(yamlDocument).join('---\n');
}

function unsupported(format: string): never {
  throw new Refusal('invalid', `unsupported format "${format}"`);
}
