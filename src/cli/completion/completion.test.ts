import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../lib/secret.ts';
import { startSandboxEngine } from '../../sandbox/engine/engine.ts';
import { ownFolder, dblab as runHere } from '../../testing/command-line.ts';
import { SCRIPTS } from './scripts.ts';

let home: string;
beforeEach(() => {
  home = ownFolder();
  mkdirSync(join(home, '.dblab/cli'), { recursive: true });
  writeFileSync(
    join(home, '.dblab/cli/cli.yml'),
    'environments: {prod: {url: http://x}, staging: {url: http://y}}',
  );
});

async function completed(words: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
  const { exit, stdout, stderr } = await runHere(['__complete', '--', ...words], { home, env });
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => String(line.split('\t')[0]));
}

test.each<[string[], string[]]>([
  [['cl'], ['clone']],
  [['clone', 'de'], ['destroy']],
  [['--url', 'http://x', 'clone', 'l'], ['list']],
  [['clone', 'list', '--out'], ['--output']],
  [
    ['clone', 'list', '--output', ''],
    ['table', 'json', 'yaml'],
  ],
  [['clone', 'list', '--output', 'j'], ['json']],
  [['clone', 'list', '--output=y'], ['--output=yaml']],
  [['clone', 'list', '--output', '=', 'y'], ['yaml']],
  [
    ['clone', 'list', '--output', '='],
    ['table', 'json', 'yaml'],
  ],
  [
    ['config', 'switch', ''],
    ['prod', 'staging'],
  ],
  [['config', 'switch', 'st'], ['staging']],
  [['config', 'switch', 'prod', ''], []],
  [
    ['config', 'update', '--token', 't', ''],
    ['prod', 'staging'],
  ],
  [['config', 'update', '--token', ''], []],
  [['config', 'create', ''], []],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['teleport', 'serve', '--teleport-identity', ''], [':files']],
  [
    ['teleport', 'serve', '--transport', 'a'],
    ['auto', 'api'],
  ],
  [['clone', 'destroy', ''], []],
  [['no-such', ''], []],
])('%j may end in %j', async (words, expected) => {
  expect(await completed(words)).toEqual(expected);
});

test('every command of the tree, and none that is hidden', async () => {
  const nouns = await completed(['']);
  expect(nouns).toEqual(expect.arrayContaining(['clone', 'config', 'init', 'sandbox', 'teleport', 'help']));
  expect(nouns.filter((name) => /^__|port-forward/.test(name))).toEqual([]);
});

test('clones, from the Engine that the words name', async () => {
  const engine = await startSandboxEngine({ token: new Secret('engine-token') });
  engine.create({ id: 'c1', username: 'a' });
  engine.create({ id: 'other', username: 'a' });
  const words = ['clone', 'destroy', '--url', engine.url, 'c'];
  expect(await completed(words, { DBLAB_VERIFICATION_TOKEN: 'engine-token' })).toEqual(['c1']);
  expect(await completed(words, { DBLAB_VERIFICATION_TOKEN: 'wrong' })).toEqual([]);
  await engine.close();
});

/* The scripts in a real shell, where it is installed, before a stand-in that answers and notes its words. */
describe.each([
  [
    'bash',
    `source ./script; COMP_WORDS=(dblab config switch ""); COMP_CWORD=3; _dblab dblab; printf "%s\\n" "\${COMPREPLY[@]}"`,
  ],
  [
    'zsh',
    `compdef() { :; }; _describe() { print -l -- \${(@)found}; }; words=(dblab config switch ""); CURRENT=4; source ./script; _dblab`,
  ],
  ['fish', 'source ./script; complete -C "dblab config switch "'],
] as const)('%s', (shell, typed) => {
  const run = (command: string) =>
    execFileSync(shell, ['-c', command], {
      cwd: home,
      encoding: 'utf8',
      env: { PATH: `${home}:${process.env['PATH']}`, HOME: home },
    });

  test.skipIf(!isInstalled(shell))('gives the words to the program and offers what it answers', () => {
    writeFileSync(join(home, 'script'), SCRIPTS[shell]);
    writeFileSync(
      join(home, 'dblab'),
      '#!/bin/sh\n[ "$*" = "__complete -- config switch " ] && [ $# = 5 ] && printf "one\\tfirst\\ntwo words\\tsecond\\n"\n',
    );
    chmodSync(join(home, 'dblab'), 0o755);
    expect(run(typed).trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^one/),
      expect.stringMatching(/^two(\\)? words/),
    ]);
  });
});

function isInstalled(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
