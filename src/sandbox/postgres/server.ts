import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import type { Clock } from '../../lib/clock.ts';
import type { Account } from './account.ts';

/** Where and as whom the servers of one sandbox run. */
export interface ServerHome {
  /** Path of the program `postgres`. */
  readonly program: string;
  readonly account: Account | undefined;
  /** Folder of the Unix sockets: only this sandbox enters it, and local connections are trusted. */
  readonly sockets: string;
  readonly clock: Clock;
}

export interface ServerOrder {
  /** The data directory. */
  readonly data: string;
  readonly port: number;
  /** Empty: Unix socket only. */
  readonly address: string;
}

/** One running PostgreSQL. */
export interface Server {
  /** A connection as the superuser; whoever asks for it ends it. */
  connect(dbName: string): Promise<pg.Client>;
  /** `cleanly` leaves a data directory that can be copied; `at once` does not wait for anything. */
  stop(how: 'cleanly' | 'at once'): Promise<void>;
}

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;
const LOOK_AGAIN_MS = 5;

/** Resolves when the server takes connections; rejects with the reason it gave, and leaves no process. */
export async function startServer(
  order: ServerOrder,
  home: ServerHome,
  signal: AbortSignal,
): Promise<Server> {
  const log = path.join(order.data, 'server.log');
  const child = await launch(order, home, log);
  const exited = once(child, 'exit').catch((error: unknown) => error);
  const connect = (database: string) => connectAs('postgres', database, order.port, home);
  const stop: Server['stop'] = async (how) => {
    const limit = new AbortController();
    child.kill(how === 'cleanly' ? 'SIGINT' : 'SIGQUIT');
    void home.clock
      .sleep(STOP_LIMIT_MS, limit.signal)
      .then(() => limit.signal.aborted || child.kill('SIGKILL'));
    await exited;
    limit.abort();
  };
  try {
    await ready(child, connect, home.clock, signal);
  } catch (error) {
    await stop('at once');
    throw child.exitCode === null ? error : new Error(`postgres fatal error: ${await lastWords(log)}`);
  }
  return { connect, stop };
}

async function launch(order: ServerOrder, home: ServerHome, log: string): Promise<ChildProcess> {
  // On the command line because it beats every file: settings of a user cannot move the server.
  const fixed = { listen_addresses: order.address, port: order.port, unix_socket_directories: home.sockets };
  const settings = Object.entries(fixed).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const output = await open(log, 'a');
  try {
    const child = spawn(home.program, ['-D', order.data, ...settings], {
      ...home.account,
      cwd: order.data,
      env: {},
      // Ctrl-C at a terminal goes to the whole group; the servers stop when they are told to.
      detached: true,
      stdio: ['ignore', 'ignore', output.fd],
    });
    await once(child, 'spawn');
    return child;
  } finally {
    await output.close();
  }
}

async function ready(
  child: ChildProcess,
  connect: Server['connect'],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.now() + START_LIMIT_MS;
  for (;;) {
    signal.throwIfAborted();
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('postgres stopped');
    try {
      const client = await connect('template1');
      return await client.end();
    } catch (error) {
      if (!isTooEarly(error)) throw error;
      if (clock.now() > deadline) throw new Error('postgres did not start in time', { cause: error });
    }
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

async function connectAs(user: string, database: string, port: number, home: ServerHome): Promise<pg.Client> {
  const client = new pg.Client({ host: home.sockets, port, user, database, ssl: false });
  client.on('error', () => {}); // a server that stops tells its connections; whoever waits hears it as well
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/** No socket yet, nobody behind it yet, or 57P03: still starting up. */
function isTooEarly(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === '57P03';
}

/** What the server said last before it stopped: the first complaint, for what follows only repeats it. */
async function lastWords(log: string): Promise<string> {
  const text = await readFile(log, 'utf8');
  const complaint =
    /^.*?(?:FATAL|PANIC|ERROR):\s+(.*)$/m.exec(text) ?? /LOG:\s+(unrecognized .*)$/m.exec(text);
  return complaint?.[1] ?? text.trim().split('\n').at(-1) ?? 'no reason given';
}
