import { randomUUID } from 'node:crypto';
import { type LabelMatcher, matchesLabels } from '../../teleport/matcher.ts';
import type { Document } from './document.ts';

/** A stand-in agent: serves the databases, and with `app_service` the apps, that one of its label sets covers. */
export interface Agent {
  readonly hostname: string;
  readonly hostId: string;
  readonly resources: readonly LabelMatcher[];
  /** Of its `app_service`; none where it has no such service. */
  readonly appResources: readonly LabelMatcher[];
  readonly health: TargetHealth;
}

type TargetHealth = 'healthy' | 'unhealthy' | 'unknown';

/** What an agent tells Teleport again and again: I serve this. */
export interface Served {
  readonly agent: Agent;
  readonly document: Document;
}

/** The same of a database. */
export interface DatabaseServer {
  readonly agent: Agent;
  readonly database: Document;
}

/** Teleport's names for what agents tell. */
export type ServerKind = 'db_server' | 'app_server';

/** What an agent says about a health check: why its verdict is what it is, and the verdict in words. */
export const HEALTH_WORDS: Readonly<Record<TargetHealth, { reason: string; message: string }>> = {
  healthy: { reason: 'threshold_reached', message: '1 health check passed' },
  unhealthy: { reason: 'threshold_reached', message: '1 health check failed' },
  unknown: { reason: 'initialized', message: 'Health checker initialized' },
};

/** The agent of the guide, on a host of its own name, unless told otherwise: it serves databases alone. */
export function describeAgent(given: Partial<Agent> = {}): Agent {
  return {
    hostname: given.hostname ?? 'localhost',
    hostId: given.hostId ?? randomUUID(),
    resources: given.resources ?? [{ dblab: ['true'] }],
    appResources: given.appResources ?? [],
    health: given.health ?? 'healthy',
  };
}

export function serves({ resources, appResources }: Agent, { kind, metadata }: Document): boolean {
  const matchers = kind === 'db' ? resources : appResources;
  return matchers.some((matcher) => matchesLabels(matcher, metadata.labels));
}

/** One entry for each agent that serves a document, sorted as the documents are. */
export function servedBy(agents: readonly Agent[], documents: readonly Document[]): Served[] {
  return documents.flatMap((document) =>
    agents.filter((agent) => serves(agent, document)).map((agent) => ({ agent, document })),
  );
}
