/**
 * Whether the webhook listener bears more than anybody would send: webhooks at a rate for a while, in an
 * Engine of thousands of clones that come and go, beside clients that mean ill; then more connections than it
 * keeps. Prints what came of it, and fails where something was lost.
 *
 *   npm run load -- --seconds 60 --rate 1000 --clones 5000 --transport api
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { monotonic } from '../clock.ts';
import { machine } from '../machine.ts';
import { median, percentile } from '../statistics.ts';
import { killAll, OURS, type Running, start } from '../subject.ts';
import { type Clone, eventOf } from '../webhooks.ts';
import { closeOnSignals, openWorld, type World } from '../world.ts';
import { flood, oversized, slowLoris } from './attack.ts';
import { stream } from './stream.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    rate: { type: 'string', default: '1000' },
    clones: { type: 'string', default: '5000' },
    transport: { type: 'string', default: 'api' },
  },
});
const SECONDS = Number(values.seconds);
const RATE = Number(values.rate);
const CLONES = Number(values.clones);
/** Clones that come, and that go, each second. */
const CHURN = 10;
const PATIENCE_MS = 120_000;
/** While all clones there are come and go. */
const NOBODY: Clone = { id: 'nobody', port: 0 };

const subject = OURS.find(({ name }) => name.endsWith(values.transport));
if (subject === undefined) throw new Error(`--transport ${values.transport} is none of api, tctl`);

/** Takes some clones away and makes as many, each second; tells of them by `announce`. */
async function churn(
  { ask }: World,
  clones: Clone[],
  announce: (event: object) => void,
  signal: AbortSignal,
) {
  let changed = 0;
  while (!signal.aborted) {
    const gone = clones.splice(0, CHURN);
    await ask.removeClones(gone.map(({ id }) => id));
    const come = await ask.addClones(CHURN);
    clones.push(...come);
    for (const clone of gone) announce(eventOf('clone_delete', clone));
    for (const clone of come) announce(eventOf('clone_create', clone));
    changed += gone.length + come.length;
    await sleep(1_000, undefined, { signal }).catch(() => {});
  }
  return changed;
}

async function sampled(running: Running, signal: AbortSignal): Promise<number[]> {
  const samples: number[] = [];
  while (!signal.aborted) {
    samples.push(await running.memoryMb());
    await sleep(1_000, undefined, { signal }).catch(() => {});
  }
  return samples;
}

/** Milliseconds until all is in step and no write is under way. */
async function untilInStep({ ask }: World): Promise<number> {
  const from = monotonic();
  for (;;) {
    const { missing, surplus } = await ask.outOfStep();
    if (missing === 0 && surplus === 0) return monotonic() - from;
    if (monotonic() - from > PATIENCE_MS)
      throw new Error(`${missing} clones are missing, ${surplus} registrations too many`);
    await sleep(50);
  }
}

async function pressed(world: World, running: Running, clones: Clone[]) {
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const events: object[] = [];
  let turn = 0;
  const next = () => {
    turn += 7;
    return events.shift() ?? eventOf('clone_create', clones[turn % clones.length] ?? NOBODY);
  };
  const cpuBefore = await running.cpuMs();
  const memory = sampled(running, over.signal);
  const others = Promise.all([
    churn(world, clones, (event) => events.push(event), over.signal),
    slowLoris(running, 200, over.signal),
    oversized(running, 5, over.signal),
  ]);
  const { statuses, tookMs } = await stream(running, { perSecond: RATE, seconds: SECONDS, next });
  over.abort();
  const cpuMs = (await running.cpuMs()) - cpuBefore;
  const [changed, slow, large] = await others;
  const settledMs = await untilInStep(world);
  const samples = await memory;
  const sixth = Math.max(1, Math.floor(samples.length / 6));
  return {
    'webhooks sent': RATE * SECONDS,
    'answers by status': Object.fromEntries(statuses),
    'answered after, ms: median': percentile(tookMs, 0.5),
    'answered after, ms: 99 of 100': percentile(tookMs, 0.99),
    'answered after, ms: the slowest': percentile(tookMs, 1),
    'clones made and destroyed meanwhile': changed,
    'all in step after the last answer, ms': settledMs,
    'memory, MB: median of the first sixth': median(samples.slice(0, sixth)),
    'memory, MB: median of the last sixth': median(samples.slice(-sixth)),
    'memory, MB: the most': percentile(samples, 1),
    'share of one core': cpuMs / (SECONDS * 1_000),
    '200 slow clients met': slow,
    'bodies of 2 MiB met': large,
  };
}

/** `atRest` is how many descriptors it held before anybody came. */
async function flooded(world: World, running: Running, atRest: number) {
  const endFlood = await flood(running, 2_000);
  const kept = (await running.descriptors()) - atRest;
  const from = monotonic();
  const [clone] = await world.ask.addClones(1);
  if (clone === undefined) throw new Error('no clone was made');
  const registeredAt = world.ask.whenStored(clone.id);
  const once = { perSecond: 20, seconds: 0.05, next: () => eventOf('clone_create', clone) };
  while (!(await stream(running, once)).statuses.has(200)) await sleep(50);
  const answeredMs = monotonic() - from;
  const registeredMs = (await registeredAt) - from;
  endFlood();
  return {
    'of 2,000 silent connections, kept': kept,
    'a webhook is answered again after, ms': answeredMs,
    'a new clone is registered after, ms': registeredMs,
  };
}

closeOnSignals(killAll);

const onMachine = machine();
const world = await openWorld({ clones: CLONES });
const clones = await world.ask.clones();
const running = await start(subject, world);
await world.ask.whenCount({ count: CLONES, since: 0 });
const atRest = await running.descriptors();
const figures = { ...(await pressed(world, running, clones)), ...(await flooded(world, running, atRest)) };
await running.stop();
await world.close();

const rows = Object.entries(figures).map(([name, value]) => `| ${name} | ${shown(value)} |`);
process.stdout.write(
  `${onMachine}; ${subject.name}; ${CLONES} clones\n\n| | |\n| --- | --- |\n${rows.join('\n')}\n`,
);
const { 200: taken } = figures['answers by status'];
if (taken !== RATE * SECONDS) {
  process.stderr.write(`Of ${RATE * SECONDS} webhooks ${taken ?? 0} were taken.\n`);
  process.exitCode = 1;
}

function shown(value: number | undefined | Readonly<Record<string, number>>): string {
  if (typeof value !== 'object') return String(Math.round((value ?? Number.NaN) * 100) / 100);
  return Object.entries(value)
    .map(([what, count]) => `${count} x ${what}`)
    .join(', ');
}
