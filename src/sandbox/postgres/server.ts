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

interface Running {
  readonly child: ChildProcess;
  /** Set when the process has ended. */
  ended: boolean;
  readonly end: Promise<unknown>;
}

/** Resolves when the server takes connections; rejects with the reason it gave, and leaves no process. */
export async function startServer(
  order: ServerOrder,
  home: ServerHome,
  signal: AbortSignal,
): Promise<Server> {
  const log = path.join(order.data, 'server.log');
  const running = await launch(order, home, log);
  const connect = (database: string) => connectTo(database, order.port, home);
  try {
    await ready(running, connect, home.clock, signal);
  } catch (error) {
    const reason = running.ended ? new Error(`postgres fatal error: ${await lastWords(log)}`) : error;
    await stopServer(running, 'SIGQUIT', home.clock);
    throw reason;
  }
  return {
    connect,
    stop: (how) => stopServer(running, how === 'cleanly' ? 'SIGINT' : 'SIGQUIT', home.clock),
  };
}

async function launch(order: ServerOrder, home: ServerHome, log: string): Promise<Running> {
  // On the command line because it beats every file: settings of a user cannot move the server.
  const fixed = { listen_addresses: order.address, port: order.port, unix_socket_directories: home.sockets };
  const settings = Object.entries(fixed).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const output = await open(log, 'w');
  try {
    const child = spawn(home.program, ['-D', order.data, ...settings], {
      ...home.account,
      cwd: order.data,
      env: {},
      // Ctrl-C at a terminal goes to the whole group; the servers stop when they are told to.
      detached: true,
      stdio: ['ignore', 'ignore', output.fd],
    });
    const running: Running = {
      child,
      ended: false,
      end: new Promise((resolve) => child.once('exit', resolve)),
    };
    child.once('exit', () => {
      running.ended = true;
    });
    await once(child, 'spawn');
    return running;
  } finally {
    await output.close();
  }
}

async function stopServer({ child, end }: Running, signal: NodeJS.Signals, clock: Clock): Promise<void> {
  const stopped = new AbortController();
  child.kill(signal);
  void clock.sleep(STOP_LIMIT_MS, stopped.signal).then(() => stopped.signal.aborted || child.kill('SIGKILL'));
  await end;
  stopped.abort();
}

async function ready(
  running: Running,
  connect: Server['connect'],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.now() + START_LIMIT_MS;
  for (;;) {
    signal.throwIfAborted();
    if (running.ended) throw new Error('postgres stopped');
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

async function connectTo(database: string, port: number, home: ServerHome): Promise<pg.Client> {
  const client = new pg.Client({ host: home.sockets, port, user: 'postgres', database, ssl: false });
  client.on('error', () => {}); // a server that stops tells its connections; whoever waits hears it as well
  await client.connect();
  return client;
}

/** No socket yet, nobody behind it yet, or 57P03: still starting up. */
function isTooEarly(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === '57P03';
}

/** Why the server stopped: the complaint that came first, for FATAL often only repeats that there was one. */
async function lastWords(log: string): Promise<string> {
  const text = await readFile(log, 'utf8');
  const complaint =
    /LOG:\s+((?:unrecognized|invalid|could not|syntax|parameter|\S+ is outside) .*)$/m.exec(text) ??
    /(?:FATAL|PANIC):\s+(.*)$/m.exec(text);
  return complaint?.[1] ?? 'it gave no reason';
}
