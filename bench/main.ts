/**
 * What the sidecar takes, in figures, beside its alternatives in the same run.
 *
 *   npm run bench                        ours, and one tctl process per clone
 *   npm run bench -- --against PROGRAM   another program with the guide's flags as well
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import Table from 'cli-table3';
import { type Answer, type Subject, sendAll, start } from './subject.ts';
import { addClones, openWorld, removeClones, TCTL, untilStored, type World } from './world.ts';

const { values } = parseArgs({
  options: { against: { type: 'string' }, runs: { type: 'string', default: '5' } },
});
const RUNS = Number(values.runs);
const OURS: readonly Subject[] = ['api', 'tctl'].map((transport) => ({
  name: `dblab, ${transport}`,
  command: [process.execPath, join(import.meta.dirname, '..', 'dist', 'main.js')],
  extra: ['--transport', transport],
}));

interface Figures {
  [figure: string]: number | undefined;
}

/** Clones are there before the sidecar is: how long until all are registered. */
async function startWith(subject: Subject, count: number): Promise<Figures> {
  const world = await openWorld(count);
  const stored = untilStored(world, count);
  const running = await start(subject, world);
  const tookMs = await stored;
  await running.stop();
  await world.close();
  return { [`start to ${count} registered, ms`]: tookMs };
}

/** Webhooks for clones that are there already, all at once. */
async function burst(subject: Subject, count: number): Promise<Figures> {
  const world = await openWorld(1);
  const running = await start(subject, world);
  await untilStored(world, 1);
  const ids = await addClones(world, count);
  const before = world.teleport.counters().tctlRuns;
  const [stored, answers] = await Promise.all([
    untilStored(world, count + 1),
    sendAll(running.url, 'clone_create', ids, world),
  ]);
  const figures = {
    [`burst of ${count}: stored, ms`]: stored,
    [`burst of ${count}: answered 200`]: answers.filter((answer) => answer.ok).length,
    [`burst of ${count}: slowest answer, ms`]: slowest(answers),
    [`burst of ${count}: tctl processes`]: world.teleport.counters().tctlRuns - before,
  };
  const removed = count <= 100 ? await burstOfDeletes(world, running.url, ids) : {};
  await running.stop();
  await world.close();
  return { ...figures, ...removed };
}

async function burstOfDeletes(world: World, url: string, ids: readonly string[]): Promise<Figures> {
  await removeClones(world, ids);
  const [stored] = await Promise.all([untilStored(world, 1), sendAll(url, 'clone_delete', ids, world)]);
  return { [`${ids.length} deletes at once: done, ms`]: stored };
}

/** What people script by hand: one tctl after the other. */
async function oneByOne(count: number): Promise<Figures> {
  const world = await openWorld(0);
  const started = performance.now();
  for (let index = 0; index < count; index += 1) {
    const args = ['--identity', world.identity, '--auth-server', world.teleport.proxyAddress, 'create', '-f'];
    const run = promisify(execFile)(TCTL, args);
    run.child.stdin?.end(
      JSON.stringify({
        kind: 'db',
        version: 'v3',
        metadata: { name: `dblab-clone-bench-${index}`, labels: { dblab: 'true' } },
        spec: { protocol: 'postgres', uri: `127.0.0.1:${6000 + index}`, tls: { mode: 'insecure' } },
      }),
    );
    await run;
  }
  const tookMs = performance.now() - started;
  await world.close();
  return { [`start to ${count} registered, ms`]: tookMs };
}

/** What the client and this machine take by themselves: a server that does nothing but answer. */
async function bareServer(count: number): Promise<Figures> {
  const world = await openWorld(count);
  const server = createServer((request, response) => request.resume().on('end', () => response.end('ok')));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const ids = world.engine.clones().map((clone) => clone.id);
  const answers = await sendAll(`http://127.0.0.1:${port}/`, 'clone_create', ids, world);
  server.closeAllConnections();
  server.close();
  await world.close();
  return { [`burst of ${count}: slowest answer, ms`]: slowest(answers) };
}

function slowest(answers: readonly Answer[]): number | undefined {
  const times = answers.filter((answer) => answer.ok).map((answer) => answer.tookMs);
  return times.length === 0 ? undefined : Math.max(...times);
}

function median(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((it) => it !== undefined).sort((a, b) => a - b);
  return known.length < numbers.length ? undefined : known[Math.floor(known.length / 2)];
}

/** Medians over the runs; a figure that was missing in any run has none. */
async function measured(
  scenarios: readonly (() => Promise<Figures>)[],
): Promise<Map<string, number | undefined>> {
  const runs: Figures[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const figures: Figures = {};
    for (const scenario of scenarios) Object.assign(figures, await scenario());
    runs.push(figures);
  }
  const names = [...new Set(runs.flatMap((figures) => Object.keys(figures)))];
  return new Map(names.map((name) => [name, median(runs.map((figures) => figures[name]))]));
}

function scenariosOf(subject: Subject): (() => Promise<Figures>)[] {
  return [() => startWith(subject, 100), () => burst(subject, 100), () => burst(subject, 300)];
}

const columns: [string, Map<string, number | undefined>][] = [];
for (const subject of OURS) columns.push([subject.name, await measured(scenariosOf(subject))]);
columns.push(['one tctl per clone', await measured([() => oneByOne(100)])]);
columns.push(['a server that only answers', await measured([() => bareServer(100), () => bareServer(300)])]);
if (values.against !== undefined) {
  columns.push([
    values.against,
    await measured(scenariosOf({ name: values.against, command: [values.against] })),
  ]);
}

const table = new Table({
  head: [`median of ${RUNS}`, ...columns.map(([name]) => name)],
  style: { head: [] },
});
for (const figure of columns[0]?.[1].keys() ?? []) {
  table.push([figure, ...columns.map(([, figures]) => figures.get(figure)?.toFixed(0) ?? '-')]);
}
const [cpu] = cpus();
console.log(
  `${cpus().length} x ${cpu?.model}, Node ${process.version}, ${process.platform}; stand-in Engine, Teleport and tctl`,
);
console.log(table.toString());
