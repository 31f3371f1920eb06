import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '../subject.ts';
import { openWorld, type World } from '../world.ts';
import type { Measurement } from './figures.ts';
import { within } from './within.ts';

const INTERVAL_MS = 3_000;
const PASSES = 5;

/** All is in step and stays so: what a complete look takes, and how much memory is held. */
export function atRestWith(clones: number): Measurement {
  return {
    name: `rest-${clones}`,
    takesLong: clones > 1_000,
    needsOurFlags: true,
    async run(subject) {
      const world = await openWorld({ clones });
      const often = ['--reconcile-interval', `${INTERVAL_MS}ms`, '--poll-interval', '1h'];
      const running = await start(subject, world, ...often);
      await within(world.ask.whenCount({ count: clones, since: 0 }));
      await sleep(2 * INTERVAL_MS);
      const before = { ...(await countsOf(world)), cpuMs: await running.cpuMs() };
      await nextLooks(world, PASSES);
      const after = { ...(await countsOf(world)), cpuMs: await running.cpuMs() };
      const memory = await running.memoryMb();
      await running.stop();
      await world.close();
      const passes = after.looks - before.looks;
      const each = (what: keyof typeof after) => (after[what] - before[what]) / passes;
      return {
        [`idle look over ${clones} clones: CPU, ms`]: each('cpuMs'),
        [`idle look over ${clones} clones: calls`]: each('calls') + 1,
        [`idle look over ${clones} clones: KB over the network`]: each('bytes') / 1_000,
        [`idle look over ${clones} clones: tctl processes`]: each('tctlRuns'),
        [`${clones} clones in step: memory, MB`]: memory,
      };
    },
  };
}

/** A look asks the Engine once, over a connection that it keeps. */
async function countsOf({ ask, engineRelay, teleportRelay }: World) {
  const counters = await ask.counters();
  return {
    looks: engineRelay.requests(),
    calls: (counters['grpcCalls'] ?? 0) + (counters['tctlRuns'] ?? 0),
    tctlRuns: counters['tctlRuns'] ?? 0,
    bytes: engineRelay.bytes() + teleportRelay.bytes(),
  };
}

/** Resolves half-way between two looks, so that none is cut in two. */
async function nextLooks({ engineRelay }: World, count: number): Promise<void> {
  const last = engineRelay.requests() + count;
  while (engineRelay.requests() < last) await sleep(20);
  await sleep(INTERVAL_MS / 2);
}
