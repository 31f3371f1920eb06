import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock } from '../lib/clock.ts';
import type { Secret } from '../lib/secret.ts';
import type { Cluster } from './cluster.ts';

export interface SidecarOptions {
  /** How this program is started: the Node executable and its entry file. */
  readonly program: readonly [string, ...string[]];
  /** What the process needs of our own environment, such as PATH: settings of another sidecar stay out. */
  readonly env: Readonly<Record<string, string>>;
  readonly environmentId: string;
  readonly engineUrl: string;
  readonly engineToken: Secret;
  readonly webhookSecret: Secret;
  readonly cluster: Pick<Cluster, 'proxyAddress' | 'identityFile' | 'tctlPath'>;
  readonly clock: Clock;
  /** Called with every line of its log, a JSON object. */
  readonly onLog: (line: string) => void;
}

/** `dblab teleport serve` as a process of its own, as it runs in production. */
export interface Sidecar {
  readonly webhookUrl: string;
  /** The page. */
  readonly statusUrl: string;
  /** Resolves with why it ended, whenever it does. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

/** Long enough to finish a pass; it is given 10 s in production too. */
const STOP_MS = 10_000;

/** Resolves when it listens; rejects with its last words when it ends before that. */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  const [command, ...args] = options.program;
  const child = spawn(command, [...args, 'teleport', 'serve', ...flags(options)], {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: {
      ...options.env,
      DBLAB_TOKEN: options.engineToken.reveal(),
      WEBHOOK_SECRET: options.webhookSecret.reveal(),
    },
  });
  const ended = endOf(child);
  const addresses = await Promise.race([
    listening(child, options.onLog),
    ended.then((why) => Promise.reject(new Error(`The sidecar ended before it listened: ${why}`))),
  ]);
  return {
    webhookUrl: `http://${addresses.webhook}/teleport-sync`,
    statusUrl: `http://${addresses.status}/`,
    ended,
    async close() {
      const done = new AbortController();
      child.kill('SIGTERM');
      const patience = options.clock.sleep(STOP_MS, done.signal).then(() => child.kill('SIGKILL'));
      await ended;
      done.abort();
      await patience;
    },
  };
}

function flags({ environmentId, engineUrl, cluster }: SidecarOptions): string[] {
  return [
    ['--environment-id', environmentId],
    ['--teleport-proxy', cluster.proxyAddress],
    ['--teleport-identity', cluster.identityFile],
    ['--tctl-path', cluster.tctlPath],
    ['--dblab-url', engineUrl],
    ['--listen-addr', '127.0.0.1:0'],
    ['--status-addr', '127.0.0.1:0'],
    ['--log-format', 'json'],
  ].flat();
}

interface Addresses {
  readonly webhook: string;
  readonly status: string;
}

/** Reads the log until the sidecar says where it listens, and hands every line on for as long as it runs. */
function listening(child: ChildProcess, onLog: (line: string) => void): Promise<Addresses> {
  let webhook: string | undefined;
  return new Promise((resolve) => {
    if (child.stderr === null) return;
    createInterface({ input: child.stderr }).on('line', (line) => {
      onLog(line);
      webhook ??= /Listening for webhooks on ([^\s"]+)\./.exec(line)?.[1];
      const status = /\/readyz on ([^\s"]+)\./.exec(line)?.[1];
      if (webhook !== undefined && status !== undefined) resolve({ webhook, status });
    });
  });
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}
