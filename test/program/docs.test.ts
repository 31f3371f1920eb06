import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { commandTree } from '../../src/cli/program.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { dblab } from '../../src/testing/command-line.ts';

/* What README and docs tell people to type exists, and what they point to is there. */

const ROOT = join(import.meta.dirname, '../..');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

/** Every command line of ours in the blocks of a page that are to be typed. */
function commandsIn(page: string): string[] {
  const blocks = [...read(page).matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].map(([, block = '']) => block);
  const lines = blocks.flatMap((block) => block.replace(/\\\n\s*/g, ' ').split('\n'));
  return lines.flatMap((line) => /^\s*(?:sudo |npx )?(dblab .*?)(?: \||$)/.exec(line)?.[1] ?? []);
}

const typed = [...new Set(PAGES.filter((page) => !page.startsWith('docs/reference')).flatMap(commandsIn))];

const nothing = { write() {} };
const program = await commandTree(
  {
    env: {},
    home: '/',
    stdout: nothing,
    stderr: nothing,
    clock: systemClock,
    signal: new AbortController().signal,
    exitWith() {},
  },
  () => true,
);

/** The command that the words name, and the words behind it. */
function find(
  words: readonly string[],
  at: Command = program,
): { command: Command; rest: readonly string[] } {
  const [word = '', ...rest] = words;
  const next = at.commands.find((command) => command.name() === word);
  return next === undefined ? { command: at, rest: words } : find(rest, next);
}

describe('what is to be typed', () => {
  it.each(typed)('%s', (line) => {
    const [, ...words] = line.split(/\s+/);
    const { command, rest } = find(words);
    expect(command, 'a command').not.toBe(program);
    const known = [command, ...ancestors(command)].flatMap(({ options }) =>
      options.flatMap(({ long, short }) => [long, short]),
    );
    const flags = rest.filter((word) => word.startsWith('-') && word !== '...');
    expect(flags.filter((flag) => !known.includes(flag.split('=')[0]))).toEqual([]);
  });

  it('is there at all', () => {
    expect(typed.length).toBeGreaterThan(15);
  });

  it.each(['role', 'user-role', 'tbot-unit', 'unit', 'server-yml'])(
    'the guide’s piece %s is printed as it is typed there',
    async (piece) => {
      expect(await dblab(['teleport', 'render', piece])).toMatchObject({ exit: 0, stderr: '' });
    },
  );
});

function ancestors({ parent }: Command): Command[] {
  return parent === null ? [] : [parent, ...ancestors(parent)];
}

describe('links', () => {
  it.each(PAGES)('of %s lead somewhere', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
    const local = links.filter((link) => !/^https?:/.test(link));
    expect(local.filter((link) => !existsSync(join(ROOT, dirname(page), link)))).toEqual([]);
  });

  it.each(PAGES)('files of the sources that %s names are there', (page) => {
    const named = [...read(page).matchAll(/`((?:src|test|bench)\/[\w./-]+)`/g)].map(([, path = '']) => path);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
