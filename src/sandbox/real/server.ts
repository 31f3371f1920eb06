import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import type { Clock } from '../../lib/clock.ts';
import { environmentIn, type Place } from './programs.ts';

/*
 * The one long-running process of the cluster. Whoever runs it may be killed and could not stop it then, so a
 * process between the two holds it on a leash: it ends it when its own standard input closes, which comes
 * with the end of whoever holds the other end. Plain text, because it runs without our files.
 */
const LEASH = `
const { spawn } = require('node:child_process');
const self = require('node:process');
const [, program, ...args] = self.argv;
let child;
for (const name of ['SIGINT', 'SIGHUP']) self.on(name, () => {});
self.on('SIGTERM', () => child.kill('SIGTERM'));
self.stdin.on('error', () => {}).on('close', () => child.kill('SIGKILL')).resume();
child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', (error) => { self.stderr.write(error.message + '\\n'); self.exit(127); });
child.on('exit', (code) => self.exit(code ?? 128));
`;

/** Teleport ends within a second or two when it is asked to. */
const STOP_MS = 10_000;
const LAST_LINES = 15;
const MOST_LOG = 16 * 1024;

/** The process `teleport start`, with all services of the node. */
export class TeleportServer {
  readonly #place: Place;
  readonly #config: string;
  readonly #clock: Clock;
  readonly #log: string;
  #running: { readonly leash: ChildProcess; readonly end: Promise<void> } | undefined;
  #ended: string | undefined;

  constructor(place: Place, config: string, clock: Clock) {
    this.#place = place;
    this.#config = config;
    this.#clock = clock;
    this.#log = join(place.home, 'teleport.log');
  }

  /** How the process ended, or undefined while it runs. */
  get ended(): string | undefined {
    return this.#ended;
  }

  /** Resolves when the process was started, not when it answers. What it says is added to the log. */
  async start(): Promise<void> {
    const log = await open(this.#log, 'a');
    const program = join(this.#place.bin, 'teleport');
    const args = ['--eval', LEASH, program, 'start', '--insecure', '--config', this.#config];
    const leash = spawn(execPath, args, {
      env: environmentIn(this.#place),
      // Ctrl-C at a terminal goes to the whole group; this one stops when it is told to.
      detached: true,
      stdio: ['pipe', log.fd, log.fd],
    });
    leash.stdin?.on('error', () => {}); // it ended before it was let go
    this.#ended = undefined;
    const end = new Promise<void>((resolve) =>
      leash.once('exit', (code, signal) => {
        this.#ended = signal ?? `exit code ${code}`;
        resolve();
      }),
    );
    this.#running = { leash, end };
    await log.close();
  }

  /** Nothing of it runs when this resolves. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    const done = new AbortController();
    running.leash.kill('SIGTERM');
    void this.#clock.sleep(STOP_MS, done.signal).then(() => running.leash.stdin?.end());
    await running.end;
    done.abort();
    this.#running = undefined;
  }

  /** The end of its log, for whoever wants to know why it does not answer. */
  async lastWords(): Promise<string> {
    const text = await readFile(this.#log, 'utf8').catch(() => '');
    const lines = text.slice(-MOST_LOG).trimEnd().split('\n').slice(-LAST_LINES);
    return `Its last lines:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  }
}
