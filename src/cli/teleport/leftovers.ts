/** What an environment has in Teleport, with what helps to decide whether that may go. */
import type { Server } from '../../teleport/event.ts';
import { environmentOf, isOurs, LABEL, ownLabels } from '../../teleport/label.ts';
import { type Resource, reference } from '../../teleport/resource.ts';
import type { Teleport } from '../../teleport/teleport.ts';
import type { Shown } from '../output.ts';

export interface Leftovers {
  readonly resources: readonly Resource[];
  /** The agents that offer something; undefined where the transport cannot tell. */
  readonly servers: readonly Server[] | undefined;
  /** The environments that have something in Teleport. */
  readonly environments: readonly string[];
}

/** Reads Teleport; throws a `TeleportError`. */
export async function findLeftovers(
  teleport: Teleport,
  environment: string,
  signal: AbortSignal,
): Promise<Leftovers> {
  const all = await teleport.list(signal);
  const resources = all.filter((it) => isOurs(it, environment)).sort(databasesFirst);
  const canTell = teleport.transport === 'api' && resources.length > 0;
  return {
    resources,
    servers: canTell ? await teleport.served?.(signal) : undefined,
    environments: [...new Set(all.flatMap((it) => environmentOf(it) ?? []))].sort(),
  };
}

function databasesFirst(a: Resource, b: Resource): number {
  const rank = ({ kind, name }: Resource) => `${kind === 'db' ? 0 : 1}/${name}`;
  return rank(a) < rank(b) ? -1 : 1;
}

/** Names of the hosts whose agents offer the resource. */
export function hostsOf(resource: Resource, servers: readonly Server[] = []): string[] {
  const serving = servers.filter((it) => it.of === resource.kind && it.name === resource.name);
  return [...new Set(serving.map((it) => it.host))].sort();
}

/** Teleport keeps no time of creation: whom it was for, where it leads and who serves it has to do. */
export function shownLeftovers({ resources, servers }: Leftovers, nothing: string): Shown {
  return {
    value: resources.map((resource) => ({
      kind: resource.kind,
      name: resource.name,
      uri: resource.uri,
      labels: ownLabels(resource.labels),
      ...(resource.expires !== undefined && { expires: timeOf(resource.expires) }),
      ...(servers !== undefined && { servedBy: hostsOf(resource, servers) }),
    })),
    head: ['To be removed', 'Clone', 'User', 'Leads to', 'Served by', 'Expires'],
    rows: resources.map((resource) => [
      reference(resource),
      resource.labels[LABEL.cloneId] ?? '-',
      resource.labels[LABEL.owner] ?? resource.labels[LABEL.user] ?? '-',
      resource.uri,
      servers === undefined ? 'not known' : hostsOf(resource, servers).join(', ') || 'nobody',
      resource.expires === undefined ? 'never' : timeOf(resource.expires),
    ]),
    empty: nothing,
  };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
