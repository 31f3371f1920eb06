import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openDisk } from './chaos/disk.ts';
import { heldBy, processesOf } from './chaos/process.ts';
import { type Scene, TROUBLES } from './chaos/troubles.ts';
import { createAll, eventually, openWorld, SECRET, type Sidecar, TRIGGERS, type World } from './world.ts';

/*
 * Everything at once, on the real program. Longer by hand, by either transport:
 *
 *   CHAOS_SECONDS=1800 TEST_TRANSPORT=api npx vitest run --project program test/program/chaos.test.ts
 */

const SECONDS = Number(process.env['CHAOS_SECONDS'] ?? 15);
/** Removals may be held for a minute, what was refused may wait for one, and those add up. */
const PATIENCE_MS = 240_000;
const MOST_CLONES = 40;
const SERVE = { args: ['--poll-interval', '1s', '--reconcile-interval', '3s'], webhooks: false };

const among = (from: number, to: number) => from + Math.random() * (to - from);
const median = (list: readonly number[]) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const oneOf = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

/** Clones come, go and are reset, several a second, each with an id of its own. */
async function live({ engine }: World, signal: AbortSignal): Promise<number> {
  let happened = 0;
  while (!signal.aborted) {
    const ready = engine.clones().filter(({ id, status }) => id !== 'rock' && status.code === 'OK');
    const what = oneOf(
      ready.length > MOST_CLONES ? ['destroy'] : ['create', 'create', 'destroy', 'reset', 'move'],
    );
    if (what === 'create' || ready.length === 0) engine.create({ id: `c${happened}` });
    else {
      const { id } = oneOf(ready);
      if (what === 'destroy') engine.destroy(id);
      else engine.reset(id, { moved: what === 'move' });
    }
    happened += 1;
    await sleep(among(20, 300));
  }
  return happened;
}

/** One trouble after the other, of one place. Counts them by name. */
async function suffer(place: keyof typeof TROUBLES, scene: Scene, signal: AbortSignal) {
  const counts: Record<string, number> = {};
  const troubles = Object.entries(TROUBLES[place] ?? {});
  while (!signal.aborted) {
    const [name, begin] = oneOf(troubles);
    const mend = await begin(scene);
    if (mend === undefined) continue;
    counts[name] = (counts[name] ?? 0) + 1;
    await sleep(among(200, 3_000));
    await mend();
    await sleep(among(0, 2_000));
  }
  return counts;
}

/** Every removal of a registration whose clone was ready where it led to. */
function watchLosses({ teleport, engine }: World): string[] {
  const losses: string[] = [];
  const led = new Map<string, { clone: string | undefined; to: string }>();
  teleport.onChange(({ kind, name, document }, view) => {
    if (kind !== 'db' || view !== 'backend') return;
    const before = led.get(name);
    if (document !== undefined) {
      led.set(name, { clone: document.metadata.labels['clone_id'], to: document.spec.uri });
      return;
    }
    led.delete(name);
    const clone = engine.clones().find(({ id }) => id === before?.clone);
    if (clone?.status.code === 'OK' && `127.0.0.1:${clone.db.port}` === before?.to)
      losses.push(`${name} was removed, and its clone was there`);
  });
  return losses;
}

/** One sidecar at a time, of which the Engine knows. */
class Keeper {
  readonly #world: World;
  readonly #env: Record<string, string>;
  sidecar!: Sidecar;

  constructor(world: World, env: Record<string, string>) {
    this.#world = world;
    this.#env = env;
  }

  async start(): Promise<void> {
    this.sidecar = await this.#world.serve({ ...SERVE, env: this.#env });
    this.#world.engine.setWebhooks([{ url: this.sidecar.webhookUrl, secret: SECRET, trigger: TRIGGERS }]);
  }

  /** The one that lives at half-time lives on, so that what it holds then and in the end can be compared. */
  async restart(until: number): Promise<boolean> {
    if (Date.now() > until) return false;
    await this.sidecar.stop('SIGKILL');
    await this.start();
    return true;
  }

  /** Megabytes, second by second, of the one that lives on. */
  async memory(from: number, signal: AbortSignal): Promise<number[]> {
    const samples: number[] = [];
    for (; !signal.aborted; await sleep(1_000))
      if (Date.now() > from) samples.push((await this.held()).memoryMb);
    return samples;
  }

  held() {
    return heldBy(this.sidecar.process.pid ?? 0);
  }

  /** Timers and the like, as Node counts them. */
  async resources(): Promise<string[]> {
    const metrics = await (await fetch(`${this.sidecar.statusUrl}/metrics`)).text();
    return metrics.match(/^nodejs_active_resources\{type="Timeout"\} .*$/gm) ?? [];
  }
}

it(
  'in step in the end, nothing lost and nothing left behind',
  async () => {
    const world = await openWorld({ engine: { ports: { from: 6000, to: 6199 } } });
    const disk = await openDisk(world.directory);
    const keeper = new Keeper(world, disk === undefined ? {} : { TMPDIR: disk.path });
    const losses = watchLosses(world);
    await createAll(world.engine, 'rock');
    await keeper.start();
    await world.atRest(keeper.sidecar);
    const before = { ...(await keeper.held()), timers: await keeper.resources() };

    const over = AbortSignal.timeout(SECONDS * 1_000);
    const halfTime = Date.now() + SECONDS * 500;
    const scene = { world, disk, restart: () => keeper.restart(halfTime) };
    const places = Object.keys(TROUBLES);
    const [happened, memory, ...troubles] = await Promise.all([
      live(world, over),
      keeper.memory(halfTime, over),
      ...places.map((place) => suffer(place, scene, over)),
    ]);
    const ended = Date.now();
    for (const { id } of world.engine.clones()) await world.engine.settled(id);
    world.teleport.setCacheLag({ minMs: 300, maxMs: 1_000 });
    await eventually(() => world.expectInStep(), PATIENCE_MS);
    const settledMs = Date.now() - ended;
    await world.atRest(keeper.sidecar);

    expect(losses).toEqual([]);
    await keeper.sidecar.says(200, /^In step/);
    await eventually(async () => {
      const { descriptors, children } = await keeper.held();
      expect(children).toBe(0);
      expect(descriptors.length, descriptors.join()).toBeLessThanOrEqual(before.descriptors.length);
      expect(await keeper.resources()).toEqual(before.timers);
    }, 60_000);
    const [early, late] = [memory.slice(0, memory.length / 3), memory.slice(-memory.length / 3)].map(median);
    const report = {
      seconds: SECONDS,
      'changes of clones': happened,
      writes: world.teleport.history().length,
      'in step after, ms': settledMs,
      'MB after half-time': early,
      'MB in the end': late,
      troubles: Object.assign({}, ...troubles),
    };
    console.info(JSON.stringify(report, undefined, 2));
    expect(await keeper.sidecar.stop()).toBe(0);
    // A tctl whose sidecar was killed may hang for as long as the Teleport that hung: that is for systemd to end.
    await world.teleport.stop();
    await eventually(async () => expect(await processesOf(world.identity)).toEqual([]));
  },
  (SECONDS + 400) * 1_000,
);
