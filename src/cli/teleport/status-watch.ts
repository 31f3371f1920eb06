import type { Readable } from 'node:stream';
import { ReadStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { follow } from '../../lib/abort.ts';
import { printable } from '../../lib/printable.ts';
import type { Run } from '../host.ts';
import { tableOf } from '../output.ts';
import { type Seen, shownStatus, verdict } from './status-view.ts';

/** Asking a sidecar costs nothing; reading Teleport may cost a process. */
const PAUSE_MS = { sidecar: 2_000, direct: 5_000 };

/** Looks again and again until the person has seen enough, or the process is asked to end. */
export async function watchStatus(look: (signal: AbortSignal) => Promise<Seen>, run: Run): Promise<void> {
  const { controller, letGo } = follow(run.signal);
  const { signal } = controller;
  const screen = run.stdout.isTTY ? new Screen(run) : new Lines(run);
  const release = onQuit(run.terminal?.input, () => controller.abort());
  try {
    while (!signal.aborted) {
      const seen = await look(signal);
      await screen.show(seen);
      await run.clock.sleep(PAUSE_MS[seen.source.kind], signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    release();
    letGo();
    screen.close();
  }
}

/** Ctrl-C is a key like any other while the terminal is read key by key. */
const QUIT = ['q', 'Q', '\u0003'];

/** Calls back on q and Ctrl-C; the answer gives the terminal back. */
function onQuit(input: Readable | undefined, quit: () => void): () => void {
  if (input === undefined) return () => {};
  const raw = (on: boolean) => input instanceof ReadStream && input.setRawMode(on);
  const listen = (keys: Buffer) => {
    if (QUIT.some((key) => keys.includes(key))) quit();
  };
  raw(true);
  input.on('data', listen);
  return () => {
    input.off('data', listen);
    input.pause();
    raw(false);
  };
}

/** Redrawn in place, on the terminal's second screen; what was seen last stays on the first. */
class Screen {
  readonly #run: Run;
  #last = '';

  constructor(run: Run) {
    this.#run = run;
    run.stdout.write('\u001b[?1049h\u001b[?25l');
  }

  async show(seen: Seen): Promise<void> {
    const { stdout, clock } = this.#run;
    this.#last = await tableOf(shownStatus(seen, this.#run));
    const time = new Date(clock.now()).toISOString();
    const frame = fitted(`${this.#last}\n${time}. q ends.`, stdout);
    stdout.write(`\u001b[H\u001b[J${frame}`);
  }

  close(): void {
    this.#run.stdout.write(`\u001b[?25h\u001b[?1049l${this.#last}`);
  }
}

/** As many lines as the terminal has; a long one takes several. */
function fitted(text: string, { rows, columns }: Run['stdout']): string {
  const lines: string[] = [];
  // A terminal that does not know its size may say 0.
  let room = rows || 24;
  for (const line of text.split('\n')) {
    room -= Math.max(1, Math.ceil(stripVTControlCharacters(line).length / (columns || 80)));
    if (room < 1) return [...lines, '…'].join('\n');
    lines.push(line);
  }
  return lines.join('\n');
}

/** A line for everything that is new, with the time; nothing while nothing changes. */
class Lines {
  readonly #run: Run;
  #said = new Set<string>();
  #clones: readonly string[] = [];

  constructor(run: Run) {
    this.#run = run;
  }

  async show(seen: Seen): Promise<void> {
    const { stdout, clock } = this.#run;
    const time = new Date(clock.now()).toISOString();
    const clones = seen.picture.clones.map((clone) => clone.id);
    const gone = this.#clones.filter((id) => !clones.includes(id)).map((id) => `clone ${id}: gone`);
    const lines = [...linesOf(seen), ...gone];
    for (const line of lines) if (!this.#said.has(line)) stdout.write(`${time} ${printable(line)}\n`);
    this.#said = new Set(lines);
    this.#clones = clones;
  }

  close(): void {}
}

function linesOf({ picture }: Seen): string[] {
  return [
    verdict(picture),
    ...picture.troubles,
    ...picture.due.map((change) => `due: ${change}`),
    ...picture.clones.map(({ id, status, standing, name, servedBy }) => {
      const agents = servedBy === null ? '' : `, served by ${servedBy.join(', ') || 'nobody'}`;
      return `clone ${id}: ${status}, ${standing}${name === null ? '' : ` as ${name}${agents}`}`;
    }),
  ];
}
