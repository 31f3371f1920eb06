import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect } from 'vitest';
import type { Transport } from '../../src/config/transport.ts';
import { Secret } from '../../src/lib/secret.ts';
import {
  type SandboxEngine,
  type SandboxEngineOptions,
  startSandboxEngine,
} from '../../src/sandbox/engine/engine.ts';
import {
  type SandboxTeleport,
  type SandboxTeleportOptions,
  startSandboxTeleport,
} from '../../src/sandbox/teleport/teleport.ts';

/*
 * A whole world for tests: the sandbox's Engine and Teleport in this process, the real program beside it.
 * Everything that a test opens here is closed after it.
 */

const DIST = join(import.meta.dirname, '..', '..', 'dist');
export const MAIN = join(DIST, 'main.js');
export const TCTL = join(DIST, 'tctl.js');
export const TOKEN = 'engine-token-of-the-test';
export const SECRET = 'webhook-secret-of-the-test';

/** For tests that are not about the lag. Zero would be another world: there is always some. */
export const QUICK = { minMs: 1, maxMs: 20 };

export const TRIGGERS = ['clone_create', 'clone_delete', 'clone_reset'];

const releases: (() => unknown)[] = [];

afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

/** Runs when the test has ended, last in first out. */
export function onTestEnd(release: () => unknown): void {
  releases.push(release);
}

export interface WorldOptions {
  readonly engine?: SandboxEngineOptions;
  readonly teleport?: SandboxTeleportOptions;
  /** How the program reaches Teleport, unless an argument says otherwise. */
  readonly transport?: Transport;
}

export interface World {
  readonly directory: string;
  readonly engine: SandboxEngine;
  readonly teleport: SandboxTeleport;
  readonly identity: string;
  /** Starts `dblab teleport serve` and resolves when it listens; the Engine then sends it its webhooks. */
  serve(options?: ServeOptions): Promise<Sidecar>;
  /** Runs `dblab teleport serve`, for this world, to its end. */
  serveToEnd(args?: readonly string[], env?: Record<string, string>): Promise<Run>;
  /** Runs a command of the program to its end. */
  run(args: readonly string[], env?: Record<string, string>): Promise<Run>;
  /** Names of the databases in Teleport at this moment, sorted; not what its cache shows. */
  databases(): string[];
  /** Fails unless every ready clone has its one registration at this moment, and nothing else has one. */
  expectInStep(place?: Place): void;
  /** Resolves when all is in step, Teleport shows it, and the sidecar has looked again and changed nothing. */
  atRest(sidecar: Sidecar, place?: Place): Promise<void>;
}

/** Which environment, and whose clones it stands for. */
export interface Place {
  readonly environment?: string;
  readonly engine?: SandboxEngine;
}

export interface ServeOptions extends Place {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** Whether the Engine is told of this sidecar. */
  readonly webhooks?: boolean;
  /** Any free port, unless the test is about the default one. */
  readonly statusAddress?: 'default';
}

export interface Sidecar {
  readonly webhookUrl: string;
  /** Undefined where its address was taken. */
  readonly statusUrl: string | undefined;
  /** Every line that it logged, as it was written. */
  readonly log: readonly string[];
  readonly process: ChildProcess;
  /** Resolves with its exit code, or with the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  /** Answer of /readyz. */
  ready(): Promise<{ readonly status: number; readonly sentence: string }>;
  /** Resolves when /readyz answers so. */
  says(status: number, sentence: RegExp): Promise<void>;
  /** Sends a webhook by hand, and answers with the status. */
  hook(body: unknown, token?: string): Promise<number>;
  /** Resolves when a complete look has ended that began after this call. */
  look(): Promise<void>;
  /** What it warned of, errors included. */
  warnings(): string[];
}

export interface Run {
  readonly exit: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'dblab-test-'));
  onTestEnd(() => rm(directory, { recursive: true, force: true }));
  const teleport = await startSandboxTeleport(options.teleport);
  onTestEnd(() => teleport.close());
  const engine = await openEngine(options.engine);
  const identity = join(directory, 'identity');
  await teleport.issueIdentity({ file: identity, ttlMs: 24 * 3600_000 });

  const flags = ({ environment = 'prod', engine: of = engine }: Place = {}) => [
    'teleport',
    'serve',
    ...['--environment-id', environment],
    ...['--teleport-proxy', teleport.proxyAddress],
    ...['--teleport-identity', identity],
    ...['--tctl-path', TCTL],
    ...['--dblab-url', of.url],
  ];
  // What a killed process leaves behind goes with the folder.
  const own = {
    TMPDIR: directory,
    DBLAB_TELEPORT_TRANSPORT: options.transport ?? process.env['TEST_TRANSPORT'] ?? 'tctl',
  };
  const told = new Map<SandboxEngine, string[]>();
  const expectInStep = (place?: Place) =>
    expect(registered(teleport, place?.environment)).toEqual(ready(place?.engine ?? engine));
  return {
    directory,
    engine,
    teleport,
    identity,
    async serve({ args = [], env = {}, webhooks = true, statusAddress, ...place } = {}) {
      const status = statusAddress === 'default' ? [] : ['--status-addr', '127.0.0.1:0'];
      const everyTime = ['--listen-addr', '127.0.0.1:0', ...status, '--log-level', 'debug'];
      const sidecar = await startSidecar([...flags(place), ...everyTime, ...args], { ...own, ...env });
      const of = place.engine ?? engine;
      told.set(of, [...(told.get(of) ?? []), ...(webhooks ? [sidecar.webhookUrl] : [])]);
      of.setWebhooks((told.get(of) ?? []).map((url) => ({ url, secret: SECRET, trigger: TRIGGERS })));
      return sidecar;
    },
    serveToEnd: (args = [], env = {}) => run([...flags(), ...args], { ...own, ...env }),
    run: (args, env = {}) => run(args, { ...own, ...env }),
    databases: () => namesOf(teleport.databases()),
    expectInStep,
    atRest: (sidecar, place) =>
      eventually(async () => {
        expectInStep(place);
        expect(teleport.cached('db')).toEqual(teleport.databases());
        expect(teleport.cached('app')).toEqual(teleport.apps());
        const writes = teleport.history().length;
        await sidecar.look();
        expect(teleport.history().slice(writes)).toEqual([]);
        expectInStep(place);
      }),
  };
}

/** An Engine that asks for the token of the tests: the second of a world, where it needs two. */
export async function openEngine(options: SandboxEngineOptions = {}): Promise<SandboxEngine> {
  const engine = await startSandboxEngine({ token: new Secret(TOKEN), ...options });
  onTestEnd(() => engine.close());
  return engine;
}

/** One after the other, so that their ports are in order; each is ready when the next begins. */
export async function createAll(engine: SandboxEngine, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    engine.create({ id });
    await engine.settled(id);
  }
}

export async function destroyAll(engine: SandboxEngine, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) engine.destroy(id);
  await Promise.all(ids.map((id) => engine.settled(id)));
}

/** `CLONE at ADDRESS` for every ready clone. */
export function ready(engine: SandboxEngine): string[] {
  return engine
    .clones()
    .filter((clone) => clone.status.code === 'OK')
    .map(({ id, db }) => `${id} at 127.0.0.1:${db.port}`)
    .sort();
}

/** `CLONE at ADDRESS` for every database that the environment registered. */
function registered(teleport: SandboxTeleport, environment = 'prod'): string[] {
  return teleport
    .databases()
    .filter(({ metadata }) => metadata.labels['dblab_instance'] === environment)
    .map(({ metadata, spec }) => `${metadata.labels['clone_id']} at ${spec.uri}`)
    .sort();
}

function namesOf(documents: ReturnType<SandboxTeleport['databases']>): string[] {
  return documents.map((document) => document.metadata.name).sort();
}

function start(args: readonly string[], env: Record<string, string>): ChildProcess {
  const inherited = { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'] };
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...inherited, DBLAB_TOKEN: TOKEN, WEBHOOK_SECRET: SECRET, ...env },
  });
  onTestEnd(async () => {
    const ended = endOf(child);
    child.kill('SIGKILL');
    await ended;
  });
  return child;
}

function endOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  const known = child.exitCode ?? child.signalCode;
  if (known !== null) return Promise.resolve(known);
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal ?? 'SIGKILL')));
}

export async function startSidecar(args: readonly string[], env: Record<string, string>): Promise<Sidecar> {
  const child = start(args, env);
  const log: string[] = [];
  const ended = endOf(child);
  if (child.stderr === null) throw new Error('the process has no stderr');
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const said = (pattern: RegExp) => log.flatMap((line) => pattern.exec(line) ?? []);
  await eventually(() => {
    if (child.exitCode !== null) throw new Fatal(`serve ended with ${child.exitCode}:\n${log.join('\n')}`);
    return said(/\/readyz on |Going on without \/healthz/).length > 0;
  });
  const [, listensAt, overTls] = said(/Listening for webhooks on (\S+:\d+)( over TLS)?\./);
  const webhookUrl = `${overTls ? 'https' : 'http'}://${listensAt}/teleport-sync`;
  const statusAddress = said(/\/readyz on ([^\s"]+)\./)[1];
  const statusUrl = statusAddress && `http://${statusAddress}`;
  const hook = async (body: unknown, token = SECRET) => {
    const answer = await fetch(webhookUrl, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'DBLab-Webhook-Token': token },
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  const ready = async () => {
    const answer = await fetch(`${statusUrl}/readyz`);
    return { status: answer.status, sentence: (await answer.text()).trimEnd() };
  };
  const looks = () => log.filter((line) => line.includes('"Looked."')).length;
  return {
    webhookUrl,
    statusUrl,
    log,
    process: child,
    ended,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
    ready,
    says: (status, sentence) =>
      eventually(async () =>
        expect(await ready()).toEqual({ status, sentence: expect.stringMatching(sentence) }),
      ),
    hook,
    async look() {
      // The look that ends first may have begun before; the one after it has not.
      for (let round = 0; round < 2; round += 1) {
        const before = looks();
        await hook({ event_type: 'clone_create', entity_id: 'nobody' });
        await eventually(() => looks() > before);
      }
    },
    warnings: () =>
      log.flatMap((line) => {
        const { level, msg } = JSON.parse(line);
        return level === 'warn' || level === 'error' ? [String(msg)] : [];
      }),
  };
}

export async function run(args: readonly string[], env: Record<string, string>): Promise<Run> {
  const child = start(args, env);
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const exit = await new Promise<number | NodeJS.Signals>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL')),
  );
  return { exit, ...output };
}

/** Ends an `eventually` at once: waiting longer cannot help. */
export class Fatal extends Error {}

/** Asks again and again until the limit, and fails with the last reason. The limit is no promise about time. */
export async function eventually(isSo: () => unknown, limitMs = 20_000): Promise<void> {
  const end = Date.now() + limitMs;
  for (;;) {
    const failure = await attempt(isSo);
    if (failure === undefined) return;
    if (failure instanceof Fatal || Date.now() > end) throw failure;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function attempt(isSo: () => unknown): Promise<unknown> {
  try {
    return (await isSo()) === false ? new Error(`not so within the time limit: ${isSo}`) : undefined;
  } catch (error) {
    return error;
  }
}
