import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from './clock.ts';
import type { World } from './world.ts';

/** A sidecar to be measured: ours, or any other program that takes the guide's flags. */
export interface Subject {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Flags that only this one knows. */
  readonly extra: readonly string[];
  /** Whether it takes the flags that the original does not have. */
  readonly isOurs: boolean;
}

export const OURS: readonly Subject[] = ['api', 'tctl'].map((transport) => ({
  name: `dblab, ${transport}`,
  command: [process.execPath, join(import.meta.dirname, '..', 'dist', 'main.js')],
  extra: ['--transport', transport],
  isOurs: true,
}));

export interface Running {
  readonly url: string;
  /** Of programs that have a status address. */
  readonly statusUrl: string;
  readonly secret: string;
  /** When the process was asked for, and when it first answered: milliseconds of the common clock. */
  readonly startedAt: number;
  readonly listeningAt: number;
  /** CPU time of all its threads so far. */
  cpuMs(): Promise<number>;
  memoryMb(): Promise<number>;
  /** Files, connections and the like that it holds open. */
  descriptors(): Promise<number>;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();

/** Starts it and resolves as soon as it answers. */
export async function start(subject: Subject, world: World, ...extra: string[]): Promise<Running> {
  const [port, statusPort] = [await freePort(), await freePort()];
  const secret = randomBytes(16).toString('hex');
  const [command, ...args] = subject.command;
  const ours = subject.isOurs
    ? ['--status-addr', `127.0.0.1:${statusPort}`, '--log-level', 'warn', ...extra]
    : [];
  const startedAt = monotonic();
  const child = spawn(
    command,
    [...args, 'teleport', 'serve', ...flags(world, port), ...subject.extra, ...ours],
    {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], DBLAB_TOKEN: world.token, WEBHOOK_SECRET: secret },
    },
  );
  running.add(child);
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}/teleport-sync`;
  const listeningAt = await firstAnswer(url, child, subject);
  return {
    url,
    statusUrl: `http://127.0.0.1:${statusPort}`,
    secret,
    startedAt,
    listeningAt,
    cpuMs: () => cpuMs(child.pid ?? 0),
    memoryMb: () => memoryMb(child.pid ?? 0),
    descriptors: async () => (await readdir(`/proc/${child.pid}/fd`)).length,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      running.delete(child);
    },
  };
}

export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

function flags({ engineRelay, teleportRelay, identity, tctl }: World, port: number): string[] {
  return [
    ['--environment-id', 'bench'],
    ['--teleport-proxy', teleportRelay.address],
    ['--teleport-identity', identity],
    ['--tctl-path', tctl],
    ['--dblab-url', `http://${engineRelay.address}`],
    ['--listen-addr', `127.0.0.1:${port}`],
  ].flat();
}

async function firstAnswer(url: string, child: ChildProcess, { name }: Subject): Promise<number> {
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`${name} ended with exit code ${child.exitCode}`);
    await sleep(2);
  }
  return monotonic();
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

/** The scheduler's account, in nanoseconds, thread by thread (proc(5), /proc/PID/schedstat). */
async function cpuMs(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const accounts = threads.map((id) =>
    readFile(`/proc/${pid}/task/${id}/schedstat`, 'utf8').catch(() => '0'),
  );
  const spent = (await Promise.all(accounts)).map((account) => Number.parseInt(account, 10));
  return spent.reduce((sum, ns) => sum + ns, 0) / 1e6;
}

async function memoryMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1_000;
}

/** The guide's flags know no port 0. Nothing else opens ports while this runs. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
