import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/lib/clock.ts';
import { Secret } from '../src/lib/secret.ts';
import { type SandboxEngine, startSandboxEngine } from '../src/sandbox/engine/engine.ts';
import { type SandboxTeleport, startSandboxTeleport } from '../src/sandbox/teleport/teleport.ts';

/** An Engine and a Teleport to measure a sidecar between, both in this process. */
export interface World {
  readonly engine: SandboxEngine;
  readonly teleport: SandboxTeleport;
  readonly identity: string;
  readonly directory: string;
  close(): Promise<void>;
}

export const TOKEN = new Secret('bench-token');
export const SECRET = new Secret('bench-secret');
export const TCTL = join(import.meta.dirname, '..', 'dist', 'tctl.js');

/** Holds `clones` ready clones that nobody has been told of. */
export async function openWorld(clones: number): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'dblab-bench-'));
  const teleport = await startSandboxTeleport();
  const identity = join(directory, 'identity');
  await teleport.issueIdentity({ file: identity });
  const engine = await startSandboxEngine({ token: TOKEN, workMs: 0, ports: { from: 6000, to: 59_999 } });
  const world = { engine, teleport, identity, directory };
  await addClones(world, clones);
  return {
    ...world,
    async close() {
      await engine.close();
      await teleport.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Answers the ids of the new clones, which are ready. */
export async function addClones({ engine }: Pick<World, 'engine'>, count: number): Promise<string[]> {
  const first = engine.clones().length;
  const ids = Array.from({ length: count }, (_, index) => `bench-${first + index}`);
  for (const id of ids) engine.create({ id });
  await Promise.all(ids.map((id) => engine.settled(id)));
  return ids;
}

export async function removeClones({ engine }: Pick<World, 'engine'>, ids: readonly string[]): Promise<void> {
  for (const id of ids) engine.destroy(id);
  await Promise.all(ids.map((id) => engine.settled(id)));
}

/** Milliseconds until Teleport has stored that many databases of the environment, or undefined after a minute. */
export async function untilStored(
  { teleport }: World,
  count: number,
  limitMs = 60_000,
): Promise<number | undefined> {
  const started = performance.now();
  const isThere = () => teleport.databases().length === count;
  const done = new AbortController();
  const stop = teleport.onChange(() => {
    if (isThere()) done.abort();
  });
  if (!isThere()) await systemClock.sleep(limitMs, done.signal);
  stop();
  return isThere() ? performance.now() - started : undefined;
}
