/** How things stand to somebody who looks once and changes nothing. Pure. */
import type { Server } from '../teleport/event.ts';
import { reference } from '../teleport/resource.ts';
import { APP_KEY, cloneKey } from './change.ts';
import type { Policy } from './desired.ts';
import type { Decision } from './pass.ts';
import { Servers } from './servers.ts';
import { type Standing, type Status, seen, starting } from './status.ts';

export interface Onlooker {
  readonly policy: Policy;
  readonly transport: string;
  /** Undefined where the transport cannot tell. */
  readonly servers: readonly Server[] | undefined;
  readonly now: number;
}

/** As after a pass that carried out nothing: what is due, or would be held first, waits. */
export function outlook(decision: Decision, { policy, transport, servers, now }: Onlooker): Status {
  const due = new Set([...decision.due, ...decision.held].map((it) => it.key));
  const standing = (key: string, seen: Standing) =>
    due.has(key) && seen === 'registered' ? 'waiting' : seen;
  const status = seen(starting(policy, transport), decision, { failures: [], quarrels: [] }, now);
  return {
    ...status,
    clones: status.clones.map((clone) => ({
      ...clone,
      standing: standing(cloneKey(clone.id), clone.standing),
    })),
    app: standing(APP_KEY, status.app),
    // Whether removals would be held depends on looks that nobody makes.
    held: [],
    service: service(decision, servers, now),
  };
}

/** Nobody knows since when a registration has been there: one that no agent serves now is told of. */
function service({ view, plan }: Decision, servers: readonly Server[] | undefined, now: number) {
  const agents = new Servers();
  if (servers !== undefined) agents.reset(servers);
  const existing = new Set(view.map(reference));
  const names = [...plan.names.values()].filter((name) => existing.has(reference({ kind: 'db', name })));
  agents.registered(names, Number.NEGATIVE_INFINITY);
  return agents.report(now);
}
