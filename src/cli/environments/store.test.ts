import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { UsageError } from '../host.ts';
import { switchBranch } from './branch.ts';
import type { Edit } from './file-text.ts';
import { changeEnvironments, currentOf, environmentsOrWarning, readEnvironments } from './store.ts';

const isRoot = process.getuid?.() === 0;

let home: string;
let file: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dblab-home-'));
  file = join(home, '.dblab', 'cli', 'cli.yml');
});
afterEach(() => rmSync(home, { recursive: true }));

const host = () => ({ home, clock: systemClock, signal: new AbortController().signal });
const url = (id: string, value = 'http://x'): Edit => ({ path: ['environments', id, 'url'], value });
const current = (value: string): Edit => ({ path: ['current_environment'], value });

function write(text: string): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
}

describe('reading', () => {
  test('without a file there are no environments, and no file is made', () => {
    expect(readEnvironments({ home })).toEqual({ current: '', byId: new Map(), tz: '' });
    expect(readdirSync(home)).toEqual([]);
  });

  test.each<[string, () => void, RegExp]>([
    [
      'a broken file',
      () => write('a: "hidden'),
      /^~\/\.dblab\/cli\/cli\.yml is broken: line 1 is not valid YAML/,
    ],
    ['a folder', () => mkdirSync(file, { recursive: true }), /cannot be used: EISDIR/],
    ['a file that is too large', () => write(' '.repeat(300_000)), /larger than 262144 bytes/],
  ])('%s is a failure, or one warning', (_, make, text) => {
    make();
    expect(() => readEnvironments({ home })).toThrow(text);
    const said: string[] = [];
    const environments = environmentsOrWarning({ home, stderr: { write: (line) => said.push(line) } });
    expect(environments.byId.size).toBe(0);
    expect(said).toEqual([
      expect.stringMatching(/^Warning: .* It is ignored: correct it, or move it away\.\n$/),
    ]);
    expect(said.join()).not.toContain('hidden');
  });

  test('a current environment that is not there is warned about', () => {
    write('current_environment: gone\nenvironments: {demo: {url: http://x}}\n');
    const said: string[] = [];
    environmentsOrWarning({ home, stderr: { write: (line) => said.push(line) } });
    expect(said).toEqual([expect.stringMatching(/names "gone" .* "dblab config switch"/)]);
  });
});

describe('writing', () => {
  test('makes the folders 0755 and the file 0600, and leaves nothing else behind', async () => {
    await changeEnvironments(host(), () => [url('demo'), current('demo')]);
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect([mode(join(home, '.dblab')), mode(join(file, '..')), mode(file)]).toEqual(['755', '755', '600']);
    expect(readdirSync(join(file, '..'))).toEqual(['cli.yml']);
    expect(currentOf(readEnvironments({ home }))).toMatchObject({ id: 'demo', url: 'http://x' });
  });

  test('a broken file is not overwritten', async () => {
    write('a: "broken');
    await expect(changeEnvironments(host(), () => [url('demo')])).rejects.toThrow(/Nothing was changed/);
    expect(readFileSync(file, 'utf8')).toBe('a: "broken');
    expect(readdirSync(join(file, '..'))).toEqual(['cli.yml']);
  });

  test('a change that is refused changes nothing', async () => {
    write('# mine\n');
    const refuse = () => {
      throw new UsageError('no');
    };
    await expect(changeEnvironments(host(), refuse)).rejects.toThrow(/^no$/);
    expect(readFileSync(file, 'utf8')).toBe('# mine\n');
  });

  test('twenty at once lose nothing', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `env-${index}`);
    await Promise.all(ids.map((id) => changeEnvironments(host(), () => [url(id)])));
    expect([...readEnvironments({ home }).byId.keys()].sort()).toEqual(ids.sort());
  });

  test('waits for whoever holds the lock, and takes that of a process that was killed', async () => {
    write('');
    writeFileSync(`${file}.lock`, '');
    const written = changeEnvironments(host(), () => [url('demo')]);
    expect(existsSync(`${file}.lock`)).toBe(true);
    utimesSync(`${file}.lock`, 0, 0);
    await written;
    expect(readEnvironments({ home }).byId.size).toBe(1);
  });

  test('a symbolic link stays one', async () => {
    const real = join(home, 'dotfiles.yml');
    mkdirSync(join(file, '..'), { recursive: true });
    symlinkSync('../../dotfiles.yml', file);
    await changeEnvironments(host(), () => [url('one')]);
    await changeEnvironments(host(), () => [url('two')]);
    expect(statSync(real).isFile()).toBe(true);
    expect([...readEnvironments({ home }).byId.keys()]).toEqual(['one', 'two']);
  });

  test.runIf(isRoot)('root leaves the file to its owner', async () => {
    chownSync(home, 12_345, 12_345);
    await changeEnvironments(host(), () => [url('one')]);
    await changeEnvironments(host(), () => [url('two')]);
    expect([statSync(file).uid, statSync(join(home, '.dblab')).uid]).toEqual([12_345, 12_345]);
  });

  test.skipIf(isRoot)('a folder that cannot be written is told', async () => {
    write('');
    chmodSync(join(file, '..'), 0o555);
    await expect(changeEnvironments(host(), () => [url('demo')])).rejects.toThrow(/cannot be used: EACCES/);
    chmodSync(join(file, '..'), 0o755);
  });
});

describe('the current branch', () => {
  test('is kept with the current environment', async () => {
    write('current_environment: b\nenvironments: {a: {url: http://a}, b: {url: http://b}}\n');
    await switchBranch('dev', host());
    const { byId } = readEnvironments({ home });
    expect([...byId].map(([id, { currentBranch }]) => [id, currentBranch])).toEqual([
      ['a', ''],
      ['b', 'dev'],
    ]);
  });

  test('needs an environment', async () => {
    await expect(switchBranch('dev', host())).rejects.toThrow(/make one with "dblab init"/);
  });
});
