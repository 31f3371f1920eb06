/**
 * What the sidecar takes, in figures, beside its alternatives in the same run.
 *
 *   npm run bench                        the short ones: a few minutes
 *   npm run bench -- --full              10,000 clones as well
 *   npm run bench -- --only burst        only measurements whose names begin so
 *   npm run bench -- --against PROGRAM   another program with the guide's flags as well
 *   npm run bench -- --write             put the figures into docs/benchmarks.md
 *
 * With TELEPORT_BIN, a folder with Teleport's programs, a real Teleport of one node is measured against.
 */
import { parseArgs } from 'node:util';
import { machine } from './machine.ts';
import { bareServer } from './measure/bare-server.ts';
import { burstOf } from './measure/burst.ts';
import type { Figures, Measurement } from './measure/figures.ts';
import { oneByOne } from './measure/one-by-one.ts';
import { atRestWith } from './measure/rest.ts';
import { listening, startWith } from './measure/start.ts';
import { statusWith } from './measure/status.ts';
import { webhookBeside } from './measure/webhook.ts';
import { type Column, table, writePage } from './report.ts';
import { median } from './statistics.ts';
import { killAll, OURS, type Subject } from './subject.ts';
import { closeOnSignals } from './world.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    full: { type: 'boolean', default: false },
    against: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const RUNS = Number(values.runs);
const FAR_MS = 50;

const MEASUREMENTS: readonly Measurement[] = [
  listening,
  ...[100, 1_000, 10_000].map((clones) => startWith(clones)),
  ...[100, 300].map((count) => burstOf(count)),
  webhookBeside(10, 100),
  webhookBeside(1_000, 100),
  ...[0, 1_000, 10_000].map(atRestWith),
  statusWith(1_000),
  startWith(100, FAR_MS),
  burstOf(100, FAR_MS),
];

const chosen = MEASUREMENTS.filter(
  ({ name, takesLong }) => name.startsWith(values.only) && (values.full || !takesLong),
);

closeOnSignals(killAll);

/** Medians over the runs of everything that `scenarios` measure. */
async function columnOf(
  name: string,
  scenarios: readonly { readonly name: string; run(): Promise<Figures> }[],
): Promise<Column> {
  const runs: Record<string, number | undefined>[] = [];
  for (let run = 1; run <= RUNS; run += 1) {
    const figures: Record<string, number | undefined> = {};
    for (const scenario of scenarios) {
      process.stderr.write(`run ${run} of ${RUNS}: ${name}, ${scenario.name}\n`);
      Object.assign(figures, await scenario.run());
    }
    runs.push(figures);
  }
  const names = [...new Set(runs.flatMap((figures) => Object.keys(figures)))];
  return { name, figures: new Map(names.map((it) => [it, median(runs.map((figures) => figures[it]))])) };
}

function subjectColumn(subject: Subject): Promise<Column> {
  const possible = chosen.filter(({ needsOurFlags }) => subject.isOurs || !needsOurFlags);
  return columnOf(
    subject.name,
    possible.map(({ name, run }) => ({ name, run: () => run(subject) })),
  );
}

const onMachine = machine();
const columns: Column[] = [];
for (const subject of OURS) columns.push(await subjectColumn(subject));
if (values.against !== undefined) {
  columns.push(
    await subjectColumn({ name: values.against, command: [values.against], extra: [], isOurs: false }),
  );
}
const alternative = await columnOf('one tctl per clone', [
  { name: 'tctl-100', run: () => oneByOne(100) },
  { name: 'tctl-100-far', run: () => oneByOne(100, FAR_MS) },
]);
const bare = await columnOf('a server that only answers', [
  { name: 'answers-100', run: () => bareServer(100) },
  { name: 'answers-300', run: () => bareServer(300) },
]);
const remote = process.env['TELEPORT_BIN'] ? 'a real Teleport' : 'stand-in Engine, Teleport and tctl';
const text = [
  `Measured on ${new Date().toISOString().slice(0, 10)}: ${onMachine}; ${remote}; medians of ${RUNS} runs.`,
  table([...columns, alternative, bare], alternative),
].join('\n\n');
process.stdout.write(`${text}\n`);
if (values.write) await writePage(text);
