import { randomUUID } from 'node:crypto';
import type { Document } from './document.ts';
import type { LabelMatcher } from './role.ts';
import { matches } from './role.ts';

/** A stand-in agent with `db_service`: serves the databases that one of its label sets covers. */
export interface Agent {
  readonly hostname: string;
  readonly hostId: string;
  readonly resources: readonly LabelMatcher[];
  readonly health: TargetHealth;
}

type TargetHealth = 'healthy' | 'unhealthy' | 'unknown';

/** What an agent tells Teleport again and again: I serve this database. */
export interface DatabaseServer {
  readonly agent: Agent;
  readonly database: Document;
}

/** The agent of the guide, on a host of its own name, unless told otherwise. */
export function describeAgent(given: Partial<Agent> = {}): Agent {
  return {
    hostname: given.hostname ?? 'localhost',
    hostId: given.hostId ?? randomUUID(),
    resources: given.resources ?? [{ dblab: ['true'] }],
    health: given.health ?? 'healthy',
  };
}

/** One entry for each agent that serves a database, sorted as the databases are. */
export function databaseServers(agents: readonly Agent[], databases: readonly Document[]): DatabaseServer[] {
  return databases.flatMap((database) =>
    agents
      .filter((agent) => agent.resources.some((matcher) => matches(matcher, database.metadata.labels)))
      .map((agent) => ({ agent, database })),
  );
}
