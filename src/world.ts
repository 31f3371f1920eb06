/** What the sidecar works on and what is looked at without one: Engine and Teleport, opened. */
import type { DirectConfig } from './config/direct.ts';
import { openEngine } from './engine/client.ts';
import { admit } from './engine/edition.ts';
import type { Engine } from './engine/engine.ts';
import type { Clock } from './lib/clock.ts';
import type { Log } from './lib/log.ts';
import type { Releases } from './lib/releases.ts';
import type { Policy } from './sync/desired.ts';
import type { World } from './sync/pass.ts';
import { PendingWrites } from './sync/pending.ts';
import { Queue } from './sync/queue.ts';
import { openTeleport } from './teleport/open.ts';

export interface Surroundings {
  readonly log: Log;
  readonly clock: Clock;
  /** Of the process; tctl gets a little of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Costs nothing until the first look; what is opened is left among the releases. */
export async function openWorld(
  config: DirectConfig,
  { log, clock, env }: Surroundings,
  releases: Releases,
): Promise<World> {
  const engine = openEngine({ url: config.dblabUrl, token: config.dblabToken, clock });
  releases.add(() => engine.close());
  const teleport = await openTeleport(config.transport, { ...config, env, clock, log });
  releases.add(() => teleport.close());
  return {
    teleport,
    clock,
    clones: admittedClones(engine, log),
    policy: policyOf(config),
    pending: new PendingWrites(),
    queue: new Queue(),
  };
}

/** The Engine's clones, once it has said that it is of an edition that may be served. */
function admittedClones(engine: Engine, log: Log): World['clones'] {
  let isAdmitted = false;
  return async (signal) => {
    const { clones, edition } = await engine.look(signal);
    if (!isAdmitted) {
      const warning = admit(edition);
      if (warning !== undefined) log.warn({}, warning);
    }
    isAdmitted = true;
    return clones;
  };
}

function policyOf({ environmentId, cloneHost, labels, userLabel, app, leaseMs }: DirectConfig): Policy {
  const host = cloneHost.includes(':') ? `[${cloneHost}]` : cloneHost;
  return { environment: environmentId, cloneHost: host, labels, userLabel, app, leaseMs };
}
