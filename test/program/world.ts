import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach } from 'vitest';
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

const TRIGGERS = ['clone_create', 'clone_delete', 'clone_reset'];

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
}

export interface World {
  readonly directory: string;
  readonly engine: SandboxEngine;
  readonly teleport: SandboxTeleport;
  readonly identity: string;
  /** Starts `dblab teleport serve` and resolves when it listens; the Engine then sends it its webhooks. */
  serve(options?: ServeOptions): Promise<Sidecar>;
  /** Runs a command of the program to its end. */
  run(args: readonly string[], env?: Record<string, string>): Promise<Run>;
  /** Names of the databases in Teleport at this moment, sorted; not what its cache shows. */
  databases(): string[];
}

export interface ServeOptions {
  readonly environment?: string;
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** Whether the Engine is told of this sidecar. */
  readonly webhooks?: boolean;
}

export interface Sidecar {
  readonly webhookUrl: string;
  readonly statusUrl: string;
  /** Every line that it logged, as it was written. */
  readonly log: readonly string[];
  readonly process: ChildProcess;
  /** Resolves with its exit code, or with the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  /** Answer of /readyz. */
  ready(): Promise<{ readonly status: number; readonly sentence: string }>;
  /** Sends a webhook by hand, and answers with the status. */
  hook(body: unknown, token?: string): Promise<number>;
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
  const engine = await startSandboxEngine({ token: new Secret(TOKEN), ...options.engine });
  onTestEnd(() => engine.close());
  const identity = join(directory, 'identity');
  await teleport.issueIdentity({ file: identity });

  const flags = (environment: string) => [
    'teleport',
    'serve',
    ...['--environment-id', environment],
    ...['--teleport-proxy', teleport.proxyAddress],
    ...['--teleport-identity', identity],
    ...['--tctl-path', TCTL],
    ...['--dblab-url', engine.url],
  ];
  return {
    directory,
    engine,
    teleport,
    identity,
    async serve({ environment = 'prod', args = [], env = {}, webhooks = true } = {}) {
      const listen = ['--listen-addr', '127.0.0.1:0', '--status-addr', '127.0.0.1:0'];
      const sidecar = await startSidecar([...flags(environment), ...listen, ...args], env);
      if (webhooks) engine.setWebhooks([{ url: sidecar.webhookUrl, secret: SECRET, trigger: TRIGGERS }]);
      return sidecar;
    },
    run: (args, env = {}) => run(args[0] === '--serve' ? [...flags('prod'), ...args.slice(1)] : args, env),
    databases: () =>
      teleport
        .databases()
        .map((document) => document.metadata.name)
        .sort(),
  };
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

async function startSidecar(args: readonly string[], env: Record<string, string>): Promise<Sidecar> {
  const child = start(args, env);
  const log: string[] = [];
  const ended = endOf(child);
  if (child.stderr === null) throw new Error('the process has no stderr');
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const address = async (pattern: RegExp) => {
    const found = () => log.map((line) => pattern.exec(line)?.[1]).find((it) => it !== undefined);
    await eventually(() => {
      if (child.exitCode !== null) throw new Fatal(`serve ended with ${child.exitCode}:\n${log.join('\n')}`);
      return found() !== undefined;
    });
    return found();
  };
  const webhookUrl = `http://${await address(/Listening for webhooks on ([^\s"]+)\./)}/teleport-sync`;
  const statusUrl = `http://${await address(/\/readyz on ([^\s"]+)\./)}`;
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
    async ready() {
      const answer = await fetch(`${statusUrl}/readyz`);
      return { status: answer.status, sentence: await answer.text() };
    },
    async hook(body, token = SECRET) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await fetch(webhookUrl, {
        method: 'POST',
        body: text,
        headers: { 'DBLab-Webhook-Token': token },
      });
      await answer.arrayBuffer();
      return answer.status;
    },
  };
}

async function run(args: readonly string[], env: Record<string, string>): Promise<Run> {
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

/** Asks again and again, for ever if need be: the test's own time limit ends it, with the last reason. */
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
