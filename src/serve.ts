/**
 * The sidecar, put together: Engine and Teleport on one side, the webhook and health endpoints on the
 * other, the loop in between. Opens top to bottom, closes last in first out. Start reading here.
 */
import type { ServeConfig } from './config/serve.ts';
import { EditionRefused } from './engine/edition.ts';
import { EngineError } from './engine/error.ts';
import { formatAddress } from './lib/address.ts';
import type { Log } from './lib/log.ts';
import { Releases } from './lib/releases.ts';
import { CertificateError } from './server/certificate.ts';
import { Insight } from './server/insight.ts';
import { ListenError } from './server/listen-error.ts';
import type { Server } from './server/server.ts';
import { serveStatus } from './server/status-server.ts';
import { serveWebhook } from './server/webhook.ts';
import { everybody } from './sync/audience.ts';
import { describe } from './sync/describe.ts';
import { Journal } from './sync/journal.ts';
import { Loop } from './sync/loop.ts';
import { decide, type World } from './sync/pass.ts';
import { readiness } from './sync/readiness.ts';
import { watch } from './sync/watch.ts';
import { tellSystemd } from './systemd.ts';
import { TeleportError } from './teleport/error.ts';
import type { Identity } from './teleport/identity.ts';
import { careForIdentity } from './teleport/identity-care.ts';
import { openWorld, type Surroundings } from './world.ts';

export interface Runtime extends Surroundings {
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
  readonly stdout: (text: string) => void;
}

export const EXIT = { fine: 0, failed: 1, usage: 2, unmendable: 78 } as const;

/** Without a watch, what others change in Teleport is noticed by sweeps alone. */
const SWEEP_MS = 20_000;
/** With a watch, sweeps are only the safety net. */
const WATCHED_SWEEP_MS = 300_000;
/** How long a pass under way may go on once the process is asked to end. */
const FINISH_MS = 8_000;

/** Runs until the signal is aborted (or once, if the configuration says so) and resolves with the exit code. */
export async function serve(config: ServeConfig, runtime: Runtime): Promise<number> {
  const { log } = runtime;
  const releases = new Releases();
  try {
    for (const warning of config.warnings) log.warn({}, warning);
    const world = await openWorld(config, runtime, releases);
    if (config.dryRun) return await showPlan(world, runtime);
    if (config.once) return await lookOnce(world, runtime);
    return await keepInStep(world, config, runtime, releases);
  } catch (error) {
    if (error instanceof EditionRefused) return say(log, error, EXIT.unmendable);
    if (isExpected(error)) return say(log, error, EXIT.failed);
    throw error;
  } finally {
    await releases.run();
  }
}

const EXPECTED = [ListenError, CertificateError, EngineError, TeleportError];

function isExpected(error: unknown): error is Error {
  return EXPECTED.some((kind) => error instanceof kind);
}

function say(log: Log, error: Error, exit: number): number {
  log.error({ ...('code' in error ? { code: error.code } : {}) }, error.message);
  return exit;
}

async function showPlan(world: World, { signal, stdout }: Runtime): Promise<number> {
  const { plan, due, held } = await decide(world, new Map(), signal);
  const lines = [
    ...due.map(describe),
    ...held.map((change) => `held: ${describe(change)}`),
    ...plan.conflicts.map(({ holder }) => `conflict: ${holder.kind}/${holder.name} belongs to somebody else`),
  ];
  stdout(lines.length === 0 ? 'Nothing to do: all is in step.\n' : `${lines.join('\n')}\n`);
  return EXIT.fine;
}

/** Cannot wait for what the guard holds or what others have to mend: the exit code says so. */
async function lookOnce(world: World, { log, signal }: Runtime): Promise<number> {
  const journal = new Journal(log, world.teleport);
  const loop = new Loop(world, { pollMs: SWEEP_MS, sweepMs: SWEEP_MS, watchedSweepMs: SWEEP_MS }, journal);
  const report = await loop.once(signal);
  if (!report.ok) return EXIT.failed;
  journal.looked(report, loop.status, { why: 'start', hinted: new Map(), now: world.clock.now() });
  const { held, conflicts, failures } = loop.status;
  log.info({}, readiness(loop.status).sentence);
  return held.length + conflicts.length + failures.length === 0 ? EXIT.fine : EXIT.failed;
}

async function keepInStep(
  opened: World,
  config: ServeConfig,
  { log, clock, env, signal }: Runtime,
  releases: Releases,
): Promise<number> {
  const intervals = {
    pollMs: config.pollIntervalMs,
    sweepMs: config.reconcileIntervalMs ?? SWEEP_MS,
    watchedSweepMs: config.reconcileIntervalMs ?? WATCHED_SWEEP_MS,
  };
  const insight = new Insight({
    environment: config.environmentId,
    status: () => loop.status,
    queueDepth: () => opened.queue.depth,
    clock,
  });
  const world = insight.over(opened);
  const loop = new Loop(world, intervals, everybody(new Journal(log, world.teleport), insight.audience));
  const webhook = await openWebhook({ loop, insight }, config, { log, clock }, releases);
  await openStatus({ loop, insight }, config, { log, clock }, releases);
  const stop = new AbortController();
  const abandon = new AbortController();
  const windDown = () => {
    void webhook.close();
    void clock.sleep(FINISH_MS, abandon.signal).then(() => abandon.abort());
  };
  releases.add(stopWith(signal, stop, windDown));
  const path = config.identityFile;
  const onChange = () => loop.identityChanged();
  const onSeen = (identity: Identity | undefined) => insight.identitySeen(identity);
  const tasks = [
    loop.run(stop.signal, abandon.signal),
    meetEngine(world, stop.signal),
    watch({ ...world, log }, insight.hearing(loop), stop.signal),
    tellSystemd({ env, clock, log }, stop.signal),
    careForIdentity({ path, clock, log, onChange, onSeen, signal: stop.signal }),
  ];
  try {
    await Promise.all(tasks);
    return EXIT.fine;
  } finally {
    stop.abort();
    abandon.abort();
    await Promise.allSettled(tasks);
  }
}

/** Passes the process's wish to end on to `stop`; the answer takes the listener away again. */
function stopWith(signal: AbortSignal, stop: AbortController, afterwards: () => void): () => void {
  const pass = () => {
    stop.abort();
    afterwards();
  };
  if (signal.aborted) pass();
  else signal.addEventListener('abort', pass, { once: true });
  return () => signal.removeEventListener('abort', pass);
}

/** A community Engine ends the process even while Teleport is down; an Engine that is down is waited for. */
async function meetEngine(world: World, signal: AbortSignal): Promise<void> {
  try {
    await world.clones(signal);
  } catch (error) {
    if (!(error instanceof EngineError) && !signal.aborted) throw error;
  }
}

type Voice = Pick<Runtime, 'log' | 'clock'>;

interface Parts {
  readonly loop: Loop;
  readonly insight: Insight;
}

async function openWebhook(
  { loop, insight }: Parts,
  config: ServeConfig,
  { log, clock }: Voice,
  releases: Releases,
): Promise<Server> {
  const webhook = await serveWebhook({
    address: config.listen,
    flag: 'listen-addr',
    tls: config.tls && { files: config.tls, log },
    secrets: config.webhookSecrets,
    onHint: (hint) => loop.hint(hint),
    onAnswer: (status) => insight.metrics.answered(status),
    log,
    clock,
  });
  releases.add(() => webhook.close());
  log.info(
    {},
    `Listening for webhooks on ${formatAddress(webhook.address)}${config.tls ? ' over TLS' : ''}.`,
  );
  return webhook;
}

/** Two sidecars on one host are normal, so a taken *default* status address is only warned about. */
async function openStatus(
  { loop, insight }: Parts,
  { status }: ServeConfig,
  { log, clock }: Voice,
  releases: Releases,
): Promise<void> {
  try {
    const server = await serveStatus({
      address: status.address,
      flag: 'status-addr',
      status: () => loop.status,
      surroundings: () => insight.surroundings(),
      metrics: () => insight.metrics.scrape(),
      news: insight.news,
      clock,
    });
    releases.add(() => server.close());
    log.info(
      {},
      `Answering /, /metrics, /healthz, /api/status and /readyz on ${formatAddress(server.address)}.`,
    );
  } catch (error) {
    if (status.given || !(error instanceof ListenError) || error.code !== 'taken') throw error;
    log.warn({}, `${error.message} Going on without /healthz and /readyz.`);
  }
}
