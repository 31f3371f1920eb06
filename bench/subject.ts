import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { systemClock } from '../src/lib/clock.ts';
import { SECRET, TCTL, TOKEN, type World } from './world.ts';

/** A sidecar to be measured: ours, or any other program that takes the guide's flags. */
export interface Subject {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Flags that only this one knows. */
  readonly extra?: readonly string[];
}

export interface Running {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts it and resolves as soon as it answers. */
export async function start(subject: Subject, world: World): Promise<Running> {
  const port = await freePort();
  const [command, ...args] = subject.command;
  const child = spawn(
    command,
    [...args, 'teleport', 'serve', ...flags(world, port), ...(subject.extra ?? [])],
    {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], DBLAB_TOKEN: TOKEN.reveal(), WEBHOOK_SECRET: SECRET.reveal() },
    },
  );
  const url = `http://127.0.0.1:${port}/teleport-sync`;
  const ended = once(child, 'exit');
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`${subject.name} ended with exit code ${child.exitCode}`);
    await systemClock.sleep(5);
  }
  return {
    url,
    async stop() {
      kill(child);
      await ended;
    },
  };
}

function kill(child: ChildProcess): void {
  child.kill('SIGKILL');
}

function flags({ engine, teleport, identity }: World, port: number): string[] {
  return [
    ['--environment-id', 'bench'],
    ['--teleport-proxy', teleport.proxyAddress],
    ['--teleport-identity', identity],
    ['--tctl-path', TCTL],
    ['--dblab-url', engine.url],
    ['--listen-addr', `127.0.0.1:${port}`],
  ].flat();
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

/** The guide's flags know no port 0. Nothing else opens ports while this runs. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Whether and after how many milliseconds a webhook was answered 200. */
export interface Answer {
  readonly ok: boolean;
  readonly tookMs: number;
}

/** Sends one event per clone, all at once, as the Engine does. */
export async function sendAll(
  url: string,
  event: string,
  ids: readonly string[],
  world: World,
): Promise<Answer[]> {
  const ports = new Map(world.engine.clones().map((clone) => [clone.id, Number(clone.db.port)]));
  return Promise.all(
    ids.map((id) => send(url, { event_type: event, entity_id: id, port: ports.get(id) ?? 6000 })),
  );
}

async function send(url: string, event: object): Promise<Answer> {
  const started = performance.now();
  const ok = await fetch(url, {
    method: 'POST',
    headers: { 'DBLab-Webhook-Token': SECRET.reveal() },
    body: JSON.stringify(event),
    signal: AbortSignal.timeout(60_000),
  }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.status === 200;
    },
    () => false,
  );
  return { ok, tookMs: performance.now() - started };
}
