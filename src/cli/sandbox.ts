import { dirname, join } from 'node:path';
import { isSea } from 'node:sea';
import { type Command, InvalidArgumentError } from 'commander';
import picocolors from 'picocolors';
import { DemoFailed, playDemo } from '../sandbox/demo.ts';
import { liveTable, rowsOf } from '../sandbox/live-table.ts';
import { openSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { removeState, writeState } from '../sandbox/state.ts';
import { databaseName } from '../teleport/name.ts';
import { currentOf, environmentsOrWarning } from './environments/store.ts';
import { Failure, type Run } from './host.ts';

interface Flags {
  readonly clones: number;
  readonly portFrom: number;
  readonly postgres: boolean;
  readonly keep: boolean;
  readonly teleportBin?: string;
  readonly demo: boolean;
}

const ABOUT = `
A stand-in DBLab Engine with real PostgreSQL clones, a stand-in Teleport with its tctl, and the real sidecar
between them. Plays the main job, then stays until Ctrl-C and leaves nothing behind. Needs no configuration;
while it runs, "dblab clone ..." finds its Engine by itself.

Examples:
  $ dblab sandbox                               play, then stay
  $ dblab sandbox --demo                        play, then end: exit code 0 if all went well
  $ dblab sandbox --no-postgres --clones 2000   many clones, without databases behind them
  $ dblab sandbox --port-from 0                 clones at any free ports`;

export function addSandbox(command: Command, run: Run): void {
  command
    .option(
      '--clones <N>',
      'how many clones to hold ready once the main job was played',
      wholeNumber(1, 20_000),
      2,
    )
    .option(
      '--port-from <PORT>',
      'first port of the clones; 0 takes any free ones',
      wholeNumber(0, 65_535),
      6000,
    )
    .option('--no-postgres', 'clones without a database behind them')
    .option('--teleport-bin <DIR>', 'a real Teleport of one node, from the folder with its programs')
    .option('--keep', 'leave the working folder behind, with the log of the sidecar', false)
    .option('--demo', 'end after the main job, as without a terminal', false)
    .addHelpText('after', ABOUT)
    .action(async () => play(command.opts<Flags>(), run));
}

const NOT_IN_ONE_FILE =
  'The sandbox is not part of the single executable. Install the npm package, or run it from a checkout: ' +
  'npm ci && npm run sandbox.';

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

async function play(flags: Flags, run: Run): Promise<void> {
  if (isSea()) throw new Failure(NOT_IN_ONE_FILE);
  const { stdout, signal, clock } = run;
  const say = (line: string) => stdout.write(`${line}\n`);
  const tail = new Tail();
  const sandbox = await open(flags, run, tail).catch((error: unknown) => {
    throw signal.aborted || !(error instanceof Error) ? error : new Failure(error.message);
  });
  try {
    writeState({
      url: sandbox.engine.url,
      token: sandbox.engineToken,
      environmentId: sandbox.environmentId,
      pid: process.pid,
    });
    await Promise.race([
      playDemo(sandbox, { clock, signal, postgres: flags.postgres, onStep: (step) => say(shown(step)) }),
      failureOf(sandbox, signal, tail),
    ]);
    if (flags.demo || !stdout.isTTY) return;
    await Promise.race([stay(sandbox, flags, run), failureOf(sandbox, signal, tail)]);
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof DemoFailed
      ? new Failure(`The main job failed: ${error.message}.\n${tail.text()}`)
      : error;
  } finally {
    removeState(process.pid);
    say(flags.keep ? `Stopping; ${sandbox.directory} is kept.` : 'Stopping.');
    await sandbox.close();
  }
}

async function open(flags: Flags, { stdout, clock, env, signal }: Run, tail: Tail): Promise<Sandbox> {
  const entry = process.argv[1] ?? '';
  return openSandbox({
    program: [process.execPath, entry],
    tctlPath: join(dirname(entry), 'tctl.js'),
    env: Object.fromEntries(
      ['PATH', 'HOME', 'TMPDIR'].flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
    ),
    teleportBin: flags.teleportBin,
    portFrom: flags.portFrom,
    room: Math.max(100, flags.clones + 50),
    postgres: flags.postgres,
    keep: flags.keep,
    clock,
    onStep(step) {
      signal.throwIfAborted();
      stdout.write(picocolors.dim(`${step} ...\n`));
    },
    onSidecarLog: (line) => tail.add(line),
  });
}

function shown({ sentence, tookMs }: { sentence: string; tookMs: number }): string {
  return `${picocolors.green('✓')} ${sentence.padEnd(76)} ${(tookMs / 1_000).toFixed(2)} s`;
}

/** Rejects when the sidecar ends although nobody asked it to. */
async function failureOf({ sidecar }: Sandbox, signal: AbortSignal, tail: Tail): Promise<never> {
  const why = await sidecar.ended;
  signal.throwIfAborted();
  throw new Failure(`The sidecar ended (${why}).\n${tail.text()}`);
}

/** Shows what there is and what can be tried, until the signal is aborted. */
async function stay(sandbox: Sandbox, flags: Flags, run: Run): Promise<void> {
  const { stdout, clock, signal } = run;
  const missing = flags.clones - sandbox.engine.clones().length;
  for (let index = 0; index < missing; index += 1) sandbox.engine.create({ username: 'postgres' });
  stdout.write(`${suggestions(sandbox, run)}\n`);
  let drawn = '';
  while (!signal.aborted) {
    const table = await tableOf(sandbox);
    if (table !== drawn) stdout.write(`${erase(drawn)}${table}\n`);
    drawn = table;
    await clock.sleep(250, signal);
  }
}

const MOST_ROWS = 20;

async function tableOf({ engine, cluster, environmentId }: Sandbox): Promise<string> {
  const clones = engine.clones().map(({ id, status, db }) => ({ id, state: status.code, port: db.port }));
  const nameOf = ({ id, port }: { id: string; port: string }) =>
    databaseName({ environment: environmentId, cloneId: id, port: Number(port) });
  return liveTable(rowsOf(clones, await cluster.visible(), nameOf), MOST_ROWS);
}

/** Moves to the beginning of what was drawn before and clears from there. */
function erase(drawn: string): string {
  return drawn === '' ? '' : `\u001b[${drawn.split('\n').length}A\u001b[J`;
}

function suggestions({ cluster, engine, engineToken, sidecar }: Sandbox, run: Run): string {
  const tctl = `${cluster.tctlPath} --identity ${cluster.identityFile} --auth-server ${cluster.proxyAddress}`;
  return [
    '',
    'In another terminal, try:',
    // Else they would go to the Engine that is configured.
    ...(namesAnEngine(run)
      ? [`  export DBLAB_INSTANCE_URL=${engine.url} DBLAB_VERIFICATION_TOKEN=${engineToken.reveal()}`]
      : []),
    '  npx dblab clone create --username postgres --dbname postgres --id my-clone',
    '  npx dblab clone list',
    '  npx dblab clone destroy --id my-clone',
    `  ${tctl} get db --format=text`,
    `  ${sidecar.statusUrl}  (in a browser: the page of the sidecar)`,
    '',
    'Ctrl-C ends it.',
    '',
  ].join('\n');
}

function namesAnEngine(run: Run): boolean {
  return Boolean(run.env['DBLAB_INSTANCE_URL'] || currentOf(environmentsOrWarning(run))?.url);
}

/** The last lines of the sidecar's log, for when it fails. */
class Tail {
  readonly #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > 20) this.#lines.shift();
  }

  text(): string {
    return this.#lines.length === 0
      ? ''
      : `The end of its log:\n${this.#lines.map((line) => `  ${line}`).join('\n')}`;
  }
}
