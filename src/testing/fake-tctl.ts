import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';

/** One run of a fake tctl, as its behaviour sees it. */
export interface FakeRun {
  /** Without the global flags. */
  readonly args: readonly string[];
  readonly input: string;
  /** The names on standard input, in order. */
  readonly names: readonly string[];
  print(text: string): void;
  /** What tctl prints for a document it has taken. */
  created(name: string, verb?: 'created' | 'updated'): void;
  /** Ends the run as tctl does. */
  fail(text: string): void;
  /** Never ends; a file tells that it has come to that. */
  hang(): void;
}

export interface RecordedRun {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
}

/**
 * Writes an executable that behaves as told and answers its path. It runs in a process of its own:
 * `behaviour` sees nothing but its argument.
 */
export async function fakeTctl(folder: string, behaviour: (run: FakeRun) => void): Promise<string> {
  const path = join(folder, 'tctl');
  const body = `#!${execPath}
const { appendFileSync, readFileSync, writeFileSync, writeSync } = require('node:fs');
const { argv: [, , ...argv], env, exit, pid } = require('node:process');
const input = readFileSync(0, 'utf8');
const run = { pid, argv, env, input };
appendFileSync(${JSON.stringify(journal(folder))}, JSON.stringify(run) + '\\n');
const print = (text) => { writeSync(1, text); };
(${behaviour.toString()})({
  args: argv.slice(4),
  input,
  names: [...input.matchAll(/^metadata: .*?"name":"(.*?)"/gm)].map((it) => it[1]),
  print,
  created: (name, verb = 'created') => print('database "' + name + '" has been ' + verb + '\\n'),
  fail: (text) => { writeSync(2, '\\u001b[31mERROR: \\u001b[0m' + text + '\\n\\n'); exit(1); },
  hang: () => { writeFileSync(${JSON.stringify(hangingMark(folder))}, ''); setInterval(() => {}, 1000); },
});
`;
  await writeFile(path, body, { mode: 0o755 });
  return path;
}

/** The runs so far, in the order in which they began. */
export async function runsOf(folder: string): Promise<RecordedRun[]> {
  const text = await readFile(journal(folder), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((it) => it !== '')
    .map((it) => JSON.parse(it));
}

/** Exists once a run hangs. */
export function hangingMark(folder: string): string {
  return join(folder, 'hanging');
}

function journal(folder: string): string {
  return join(folder, 'runs.jsonl');
}
