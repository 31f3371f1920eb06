import { create } from '@bufbuild/protobuf';
import type { ListResourcesRequest, ListResourcesResponse } from '../../teleport/gen/auth_pb.ts';
import { ListResourcesResponseSchema } from '../../teleport/gen/auth_pb.ts';
import type { Served, ServerKind } from './agent.ts';

type Resource = ListResourcesResponse['resources'][number];
type ToResource = (served: Served) => Resource;

const DEFAULT_LIMIT = 1000;

/** The kinds of what agents tell; databases and apps themselves are not paged. */
export function isServerKind(kind: string): kind is ServerKind {
  return kind === 'db_server' || kind === 'app_server';
}

/** One page in the order of the keys that Teleport stores, with the key where the next one begins. */
export function pageOf(
  all: readonly Served[],
  { limit, startKey, labels, needTotalCount }: ListResourcesRequest,
  toResource: ToResource,
): ListResourcesResponse {
  const keyed = all
    .filter(({ document }) => hasLabels(document.metadata.labels, labels))
    .map((served) => ({ served, key: `${served.agent.hostId}/${served.document.metadata.name}` }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const rest = keyed.filter(({ key }) => key >= startKey);
  const length = limit > 0 ? limit : DEFAULT_LIMIT;
  return create(ListResourcesResponseSchema, {
    resources: rest.slice(0, length).map(({ served }) => toResource(served)),
    nextKey: rest[length]?.key ?? '',
    totalCount: needTotalCount ? keyed.length : 0,
  });
}

function hasLabels(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
