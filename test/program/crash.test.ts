import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createAll,
  destroyAll,
  eventually,
  openWorld,
  QUICK,
  type Sidecar,
  TCTL,
  type World,
} from './world.ts';

/** For tests about the processes, or about what one of them does at a time. */
const byTctl = () => openWorld({ teleport: { cacheLag: QUICK }, transport: 'tctl' });

const ids = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`);

/** Kills the sidecar at the moment at which Teleport has stored so many writes of the kind. */
function killAfter(world: World, sidecar: Sidecar, action: string, count: number): Promise<unknown> {
  let seen = 0;
  world.teleport.onChange((write, view) => {
    if (view !== 'backend' || write.kind !== 'db' || write.action !== action) return;
    seen += 1;
    if (seen === count) sidecar.process.kill('SIGKILL');
  });
  return sidecar.ended;
}

async function cacheSettled({ teleport }: World): Promise<void> {
  await eventually(() => expect(teleport.cached('db')).toEqual(teleport.databases()));
}

describe('killed at any moment and started again', () => {
  it('is in step after one pass, when it died in the middle of a burst of creates', async () => {
    const world = await openWorld({ teleport: { cacheLag: QUICK } });
    const sidecar = await world.serve();
    // The line is cut when 20 documents of a run are stored, so that it dies in the middle of a run.
    world.teleport.setFault({ kind: 'drop', afterDocuments: 20 });
    const killed = killAfter(world, sidecar, 'create', 20);
    for (const id of ids(60)) world.engine.create({ id });
    expect(await killed).toBe('SIGKILL');
    await Promise.all(ids(60).map((id) => world.engine.settled(id)));
    world.teleport.setFault(undefined);
    await cacheSettled(world);
    const stored = world.databases().length;
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(60);
    expect(await world.serveToEnd(['--once'])).toMatchObject({ exit: 0 });
    world.expectInStep();
  });

  it('is in step after one pass, when it died in the middle of a burst of deletes', async () => {
    const world = await byTctl();
    const sidecar = await world.serve();
    await createAll(world.engine, ...ids(50));
    await world.atRest(sidecar);
    const killed = killAfter(world, sidecar, 'delete', 4);
    // A fifth of all: more would be held for a minute, for nobody announced them to the next process.
    await destroyAll(world.engine, ...ids(10));
    expect(await killed).toBe('SIGKILL');
    await cacheSettled(world);
    expect(world.databases().length).toBeGreaterThan(40);
    expect(await world.serveToEnd(['--once'])).toMatchObject({ exit: 0 });
    world.expectInStep();
  });

  it('comes in step though Teleport does not show yet what the dead process wrote', async () => {
    const world = await openWorld();
    for (const round of [1, 2, 3]) {
      const sidecar = await world.serve();
      const killed = killAfter(world, sidecar, 'create', 2 * round);
      await createAll(world.engine, ...ids(8).map((id) => `${id}-${round}`));
      expect(await killed).toBe('SIGKILL');
      await destroyAll(world.engine, `c0-${round}`);
    }
    await world.atRest(await world.serve());
  });
});

/** A tctl that leaves its process id behind. */
async function traceableTctl({ directory }: World) {
  const file = join(directory, 'tctl');
  const pids = join(directory, 'pids');
  await writeFile(file, `#!/bin/sh\necho $$ >> '${pids}'\nexec '${process.execPath}' '${TCTL}' "$@"\n`);
  await chmod(file, 0o755);
  return {
    args: ['--tctl-path', file],
    async started() {
      const text = await readFile(pids, 'utf8').catch(() => '');
      return text.split('\n').filter(Boolean).map(Number);
    },
    async running() {
      const known = await this.started();
      const states = await Promise.all(known.map(stateOf));
      return known.filter((_, index) => states[index] !== 'gone');
    },
  };
}

/** A process that nobody has buried yet is gone all the same. */
async function stateOf(pid: number): Promise<'running' | 'gone'> {
  try {
    process.kill(pid, 0);
  } catch {
    return 'gone';
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /\) Z /.test(stat) ? 'gone' : 'running';
}

describe('asked to end', () => {
  it('exits 0, closes its addresses and leaves no process and no file behind', async () => {
    const world = await byTctl();
    const tctl = await traceableTctl(world);
    const sidecar = await world.serve({ args: tctl.args });
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    expect(await sidecar.stop('SIGTERM')).toBe(0);
    await expect(fetch(sidecar.webhookUrl, { method: 'POST' })).rejects.toThrow();
    await expect(sidecar.ready()).rejects.toThrow();
    expect(await tctl.running()).toEqual([]);
    expect((await readdir(world.directory)).sort()).toEqual(['identity', 'pids', 'tctl']);
  });

  it('exits 0 on SIGINT as well', async () => {
    const world = await openWorld();
    const sidecar = await world.serve();
    expect(await sidecar.stop('SIGINT')).toBe(0);
  });

  it('finishes the pass under way', async () => {
    const world = await openWorld({ teleport: { cacheLag: QUICK } });
    const sidecar = await world.serve();
    await sidecar.look();
    world.engine.faults.webhooks = 'drop';
    await createAll(world.engine, 'a', 'b', 'c');
    world.teleport.setFault({ kind: 'slow', ms: 500 });
    const listed = world.teleport.counters().lists;
    await sidecar.hook({ event_type: 'clone_create', entity_id: 'a' });
    await eventually(() => world.teleport.counters().lists > listed);
    expect(await sidecar.stop()).toBe(0);
    world.expectInStep();
  });

  it('abandons a pass that does not end, and exits 0 all the same', async () => {
    const world = await byTctl();
    const tctl = await traceableTctl(world);
    world.teleport.setFault({ kind: 'hang' });
    const sidecar = await world.serve({ args: tctl.args });
    await eventually(async () => (await tctl.running()).length > 0);
    expect(await sidecar.stop()).toBe(0);
    expect(await tctl.running()).toEqual([]);
    // It did not wait until tctl gave up.
    expect(sidecar.warnings()).toEqual([]);
  });

  it('exits at once when asked twice, and takes its tctl along', async () => {
    const world = await byTctl();
    const tctl = await traceableTctl(world);
    world.teleport.setFault({ kind: 'hang' });
    const sidecar = await world.serve({ args: tctl.args });
    await eventually(async () => (await tctl.running()).length > 0);
    sidecar.process.kill('SIGTERM');
    await eventually(() => expect(sidecar.hook('{}')).rejects.toThrow());
    // It takes no more events, but the pass is not over.
    expect(await sidecar.ready()).toMatchObject({ status: 503 });
    expect(await sidecar.stop('SIGTERM')).toBe(1);
    await eventually(async () => expect(await tctl.running()).toEqual([]));
  });
});
