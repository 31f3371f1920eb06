/**
 * The two remotes that a sidecar is measured between, in a process of their own, so that neither their work
 * nor the client's shows in each other's figures. Obeys its parent, and ends with it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../src/lib/secret.ts';
import { startSandboxEngine } from '../src/sandbox/engine/engine.ts';
import { monotonic } from './clock.ts';
import { answerParent } from './errand.ts';
import { openRemote } from './remote.ts';
import { Stored } from './stored.ts';

const directory = await mkdtemp(join(tmpdir(), 'dblab-bench-'));
const stored = new Stored(monotonic);
const remote = await openRemote(directory, stored);
const engine = await startSandboxEngine({
  token: new Secret(process.env['BENCH_TOKEN'] ?? ''),
  workMs: 0,
  ports: { from: 6000, to: 59_999 },
});
let made = 0;
const clones = () => engine.clones().map(({ id, db }) => ({ id, port: Number(db.port) }));

const errands = {
  where: async () => ({
    engine: engine.url,
    proxy: remote.proxyAddress,
    identity: remote.identityFile,
    tctl: remote.tctlPath,
    teleport: remote.description,
    directory,
  }),
  /** Ready clones that nobody was told of; answers their ids and ports. */
  async addClones(count: number) {
    const ids = Array.from({ length: count }, () => `bench-${made++}`);
    for (const id of ids) engine.create({ id });
    await Promise.all(ids.map((id) => engine.settled(id)));
    const fresh = new Set(ids);
    return clones().filter(({ id }) => fresh.has(id));
  },
  clones: async () => clones(),
  async removeClones(ids: readonly string[]) {
    for (const id of ids) engine.destroy(id);
    await Promise.all(ids.map((id) => engine.settled(id)));
  },
  /** How many ready clones are not registered, and how many registrations are of no clone or a second one. */
  async outOfStep() {
    const registered = stored.cloneIds();
    const known = new Set(registered);
    const ready = engine.clones().filter((clone) => clone.status.code === 'OK');
    const missing = ready.filter(({ id }) => !known.has(id)).length;
    return { missing, surplus: registered.length - (ready.length - missing) };
  },
  whenCount: ({ count, since }: { count: number; since: number }) => stored.whenCount(count, since),
  whenStored: (cloneId: string) => stored.whenStored(cloneId),
  counters: async () => remote.counters(),
  async close() {
    await engine.close();
    await remote.close();
    await rm(directory, { recursive: true, force: true });
  },
};
export type Errands = typeof errands;

process.on('SIGINT', () => {}); // the parent decides
answerParent(errands);
