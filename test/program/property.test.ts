import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SandboxEngine } from '../../src/sandbox/engine/engine.ts';
import type { SandboxTeleport } from '../../src/sandbox/teleport/teleport.ts';
import { createAll, destroyAll, openWorld, type Sidecar, type World } from './world.ts';

/** The few clones that come and go, and the few ports that pass between them. */
const IDS = ['a', 'b', 'c_c'];
const PORTS = { from: 6000, to: 6004 };

const SERVE = { args: ['--poll-interval', '200ms'] };

/** Named several times: so much more often. */
const HAPPENINGS = [
  ...['create', 'destroy', 'replace', 'replace', 'move', 'look', 'look', 'look'],
  ...['deliver', 'drop', 'double', 'swap'],
];

const history = (...more: readonly string[]) =>
  fc.array(fc.record({ what: fc.constantFrom(...HAPPENINGS, ...more), id: fc.constantFrom(...IDS) }), {
    minLength: 8,
    maxLength: 20,
  });

interface Happening {
  readonly what: string;
  /** The clone that it happens to, where it happens to one. */
  readonly id: string;
}

/** One clone never goes, for an Engine without any is another matter: its removals are held for a minute. */
async function peopled(cacheLag: { minMs: number; maxMs: number }): Promise<World> {
  const world = await openWorld({ engine: { ports: PORTS, workMs: 5 }, teleport: { cacheLag } });
  await createAll(world.engine, 'rock');
  return world;
}

/** Answers the sidecar that runs afterwards. */
async function live(world: World, sidecar: Sidecar, { what, id }: Happening): Promise<Sidecar> {
  const { engine } = world;
  const clone = engine.clones().find((it) => it.id === id);
  if (what === 'create' && clone === undefined) engine.create({ id });
  if (what === 'destroy' && clone !== undefined) engine.destroy(id);
  if (what === 'replace') await replace(engine, id);
  if (what === 'move' && clone?.status.code === 'OK') engine.reset(id, { moved: true });
  if (what === 'look') await sidecar.look();
  if (what === 'deliver' || what === 'drop' || what === 'double' || what === 'swap') {
    engine.faults.webhooks = what;
  }
  if (what !== 'kill') return sidecar;
  await sidecar.stop('SIGKILL');
  return world.serve(SERVE);
}

/** The port passes to another clone at once, before the sidecar can have noticed. */
async function replace(engine: SandboxEngine, id: string): Promise<void> {
  const isThere = (it: string) => engine.clones().some((clone) => clone.id === it);
  if (isThere(id)) await destroyAll(engine, id);
  const next = IDS.find((it) => it !== id && !isThere(it)) ?? id;
  if (!isThere(next)) await createAll(engine, next);
}

async function liveThrough(world: World, happenings: readonly Happening[]): Promise<void> {
  let sidecar = await world.serve(SERVE);
  for (const it of happenings) sidecar = await live(world, sidecar, it);
  for (const id of IDS) await world.engine.settled(id);
  await world.atRest(sidecar);
  await sidecar.stop();
}

/** Collects every moment at which a write made two registrations lead to one port. */
function watchPorts(teleport: SandboxTeleport): string[] {
  const found: string[] = [];
  teleport.onChange((write, view) => {
    if (view !== 'backend' || write.kind !== 'db') return;
    const addresses = teleport.databases().map(({ spec }) => spec.uri);
    const double = addresses.find((uri, index) => addresses.indexOf(uri) !== index);
    if (double !== undefined) found.push(`${write.action} ${write.name}: two lead to ${double}`);
  });
  return found;
}

describe('whatever happens to the clones, and in whatever order it is told', () => {
  it('no clone is registered before the port is taken from whoever had it', async () => {
    await fc.assert(
      fc.asyncProperty(history(), async (happenings) => {
        // Without the lag a removal is never too early, so that there is no moment to forgive.
        const world = await peopled({ minMs: 0, maxMs: 0 });
        const doubles = watchPorts(world.teleport);
        await liveThrough(world, happenings);
        expect(doubles).toEqual([]);
      }),
      { numRuns: 6, endOnFailure: true },
    );
  });

  it('all is in step in the end, though Teleport lags and the sidecar is killed', async () => {
    await fc.assert(
      fc.asyncProperty(history('kill'), async (happenings) => {
        await liveThrough(await peopled({ minMs: 300, maxMs: 1_000 }), happenings);
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });
});
