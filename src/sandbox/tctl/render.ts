import { randomUUID } from 'node:crypto';
import type { Agent, DatabaseServer } from '../teleport/agent.ts';
import { HEALTH_WORDS } from '../teleport/agent.ts';
import type { Document, TeleportVersion } from '../teleport/document.ts';

/** Documents as `tctl get` shows them: with the many empty objects, labels in order, defaults filled in. */

type Json = Readonly<Record<string, unknown>>;

export function renderDocument({ kind, version, metadata, spec }: Document, teleport: TeleportVersion): Json {
  const { name, description, labels, expires, id, revision } = metadata;
  return {
    kind,
    version,
    metadata: present({ name, description, labels: sorted(labels), expires, id, revision }),
    ...(kind === 'app'
      ? { spec: present(spec) }
      : {
          spec: databaseSpec(spec, teleport),
          status: { aws: aws(teleport), mysql: {}, azure: { redis: {} } },
        }),
  };
}

const HEARTBEAT_MS = 10 * 60 * 1000;

export function renderServer({ agent, database }: DatabaseServer, options: RenderOptions): Json {
  const { version, now } = options;
  return {
    kind: 'db_server',
    version: 'v3',
    metadata: present({
      name: database.metadata.name,
      expires: new Date(now + HEARTBEAT_MS).toISOString(),
      id: database.metadata.id,
      // Each heartbeat is a new one.
      revision: randomUUID(),
    }),
    spec: {
      version,
      hostname: agent.hostname,
      host_id: agent.hostId,
      rotation: rotation(),
      database: renderDocument(database, version),
    },
    ...(version === '18.0.0' ? { status: { target_health: targetHealth(agent, database, now) } } : {}),
  };
}

/** `now` in milliseconds since the epoch. */
export interface RenderOptions {
  readonly version: TeleportVersion;
  readonly now: number;
}

export function renderAgent({ hostname, hostId, resources }: Agent, now: number): Json {
  return {
    kind: 'db_service',
    version: 'v1',
    metadata: { name: hostId, expires: new Date(now + HEARTBEAT_MS).toISOString() },
    spec: { resources: resources.map((labels) => ({ labels, aws: {} })), hostname },
  };
}

function targetHealth({ health }: Agent, { spec }: Document, now: number): Json {
  const { reason, message } = HEALTH_WORDS[health];
  return present({
    address: health === 'unknown' ? undefined : spec.uri,
    protocol: 'TCP',
    status: health,
    transition_timestamp: new Date(now).toISOString(),
    transition_reason: reason,
    message,
  });
}

function databaseSpec(spec: Document['spec'], teleport: TeleportVersion): Json {
  const { protocol, uri, tls, ...rest } = spec;
  const defaults = {
    aws: aws(teleport),
    gcp: {},
    azure: { redis: {} },
    tls,
    ad: { domain: '', spn: '' },
    mysql: {},
    mongo_atlas: {},
    oracle: { audit_user: '' },
  };
  return present({ protocol, uri, ...overlay(defaults, rest) });
}

function aws(teleport: TeleportVersion): Json {
  return {
    redshift: {},
    rds: { iam_auth: false },
    elasticache: {},
    secret_store: {},
    memorydb: {},
    rdsproxy: {},
    redshift_serverless: {},
    opensearch: {},
    iam_policy_status: 'IAM_POLICY_STATUS_UNSPECIFIED',
    ...(teleport === '18.0.0' ? { docdb: {} } : {}),
  };
}

function rotation(): Json {
  const never = '0001-01-01T00:00:00Z';
  return {
    current_id: '',
    started: never,
    last_rotated: never,
    schedule: { update_clients: never, update_servers: never, standby: never },
  };
}

function overlay(below: Json, above: Json): Json {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const under = below[key];
    if (value !== undefined) merged[key] = isObject(under) && isObject(value) ? overlay(under, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function present(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function sorted(labels: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
