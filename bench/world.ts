import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Asked, openChild } from './errand.ts';
import { openRelay, type Relay } from './relay.ts';
import type { Errands } from './stand-in.ts';

/** An Engine and a Teleport to measure a sidecar between. */
export interface World {
  readonly ask: Asked<Errands>;
  readonly token: string;
  readonly identity: string;
  readonly tctl: string;
  readonly teleport: string;
  /** As the sidecar reaches them. */
  readonly engineRelay: Relay;
  readonly teleportRelay: Relay;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Ready clones that nobody has been told of. */
  readonly clones: number;
  /** Added to each round trip to Teleport; the Engine is on the sidecar's own host. */
  readonly roundTripMs?: number;
}

/** Worlds that are open, so that an interrupted run leaves nothing behind. */
const open = new Set<World>();

export async function openWorld({ clones, roundTripMs = 0 }: WorldOptions): Promise<World> {
  const token = randomBytes(16).toString('hex');
  const module = join(import.meta.dirname, 'stand-in.ts');
  const { ask, end } = await openChild<Errands>(module, { ...process.env, BENCH_TOKEN: token });
  const { engine, proxy, identity, tctl, teleport } = await ask.where();
  const engineRelay = await openRelay(new URL(engine).host, 0);
  const teleportRelay = await openRelay(proxy, roundTripMs / 2);
  await ask.addClones(clones);
  const world = {
    ...{ ask, token, identity, tctl, teleport, engineRelay, teleportRelay },
    async close() {
      open.delete(world);
      engineRelay.close();
      teleportRelay.close();
      await ask.close();
      await end();
    },
  };
  open.add(world);
  return world;
}

/** Leaves nothing behind when the run is interrupted; `kill` ends what was started between the worlds. */
export function closeOnSignals(kill: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      kill();
      await Promise.allSettled([...open].map((world) => world.close()));
      process.exit(1);
    });
  }
}
