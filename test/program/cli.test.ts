import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import { startSandboxEngine } from '../../src/sandbox/engine/engine.ts';
import { openWorld } from './world.ts';

/* The process as a shell or systemd sees it: exit codes, streams and signals. */

const MAIN = join(import.meta.dirname, '../../dist/main.js');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dblab-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function start(argv: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...argv], {
    env: { PATH: process.env['PATH'], TMPDIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function ended(child: ChildProcess): Promise<{ exit: number; stdout: string; stderr: string }> {
  const [stdout, stderr, [exit]] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    once(child, 'exit'),
  ]);
  return { exit, stdout, stderr };
}

function dblab(argv: readonly string[], env: Record<string, string> = {}) {
  return ended(start(argv, env));
}

test('--version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  expect(await dblab(['--version'])).toEqual({ exit: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([
  [['clone', 'lst']],
  [['teleport', 'serve', '--no-such-flag']],
  [['teleport', 'serve']],
  [['nothing']],
])('a usage error has exit code 2, says nothing on stdout and shows no stack: %j', async (argv) => {
  const { exit, stdout, stderr } = await dblab(argv);
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
  expect(stderr).not.toMatch(/^ +at /m);
});

test('an Engine that is not there has exit code 1 and a sentence', async () => {
  const { exit, stderr } = await dblab(['clone', 'list', '--url', 'http://127.0.0.1:1']);
  expect(exit).toBe(1);
  expect(stderr).toMatch(/^Nothing listens at http:\/\/127\.0\.0\.1:1 .*\n$/);
});

test('a reader that leaves early is no error', async () => {
  const child = start(['teleport', 'serve', '--help']);
  child.stdout?.destroy();
  const stderr = child.stderr ? text(child.stderr) : '';
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await stderr).toBe('');
});

test('whoever does not listen to errors still gets the exit code', async () => {
  const child = start(['clone', 'list', '--url', 'http://127.0.0.1:1']);
  child.stderr?.destroy();
  expect(await once(child, 'exit')).toEqual([1, null]);
});

test('what every command loads is no library but the one that reads arguments', () => {
  const loaded = new Set([MAIN]);
  for (const file of loaded) {
    const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|} from) "(\.[^"]+)";$/gm);
    for (const [, path = ''] of imports) loaded.add(join(file, '..', path));
  }
  const text = [...loaded].map((file) => readFileSync(file, 'utf8')).join('\n');
  const libraries = [...text.matchAll(/^\/\/ .*\bnode_modules\/((?:@[^/]+\/)?[^/]+)/gm)].map(
    ([, name]) => name,
  );
  expect([...new Set(libraries)]).toEqual(['commander']);
  expect(text).not.toMatch(/^(import|} from) "(pino|pg|reflect-metadata|@)/m);
});

test('bash completes commands, flags and choices', async () => {
  writeFileSync(join(folder, 'dblab'), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`, {
    mode: 0o755,
  });
  const script = `
    source <(dblab completion bash)
    complete -p dblab
    try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dblab dblab; echo "\${COMPREPLY[*]}"; }
    try dblab comp
    try dblab clone list --outp
    try dblab clone list --output ''`;
  const env = { PATH: `${folder}:${process.env['PATH']}`, TMPDIR: folder };
  const bash = spawn('bash', ['-c', script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void bash.kill('SIGKILL'));
  expect(await ended(bash)).toEqual({
    exit: 0,
    stdout: 'complete -F _dblab dblab\ncompletion\n--output\ntable json yaml\n',
    stderr: '',
  });
});

test('the whole life of a clone', async () => {
  const engine = await startSandboxEngine({ token: new Secret('engine-token') });
  onTestFinished(() => engine.close());
  const env = { DBLAB_INSTANCE_URL: engine.url, DBLAB_VERIFICATION_TOKEN: 'engine-token' };
  const created = await dblab(['clone', 'create', '--username', 'alice', '--id', 'c1'], env);
  expect(created).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^ID: +c1\n/), stderr: '' });
  const asYaml = await dblab(['snapshot', 'list', '--output', 'yaml'], env);
  expect(asYaml).toMatchObject({
    exit: 0,
    stdout: expect.stringMatching(/^- id: dblab_pool@snapshot_\d+\n/),
  });
  const listed = await dblab(['clone', 'list'], env);
  expect(JSON.parse(listed.stdout)).toMatchObject([{ id: 'c1', status: { code: 'OK' } }]);
  const destroyed = await dblab(['clone', 'destroy', 'c1'], env);
  expect(destroyed).toEqual({
    exit: 0,
    stdout: 'The clone has been successfully destroyed: c1\n',
    stderr: '',
  });
});

describe('teleport serve', () => {
  const argv = [
    ...['teleport', 'serve', '--environment-id', 'prod', '--teleport-proxy', '127.0.0.1:1'],
    ...['--teleport-identity', '/nonexistent/identity', '--dblab-url', 'http://127.0.0.1:1'],
    ...['--listen-addr', '127.0.0.1:0', '--status-addr', '127.0.0.1:0', '--tctl-path', '/nonexistent/tctl'],
  ];
  const secrets = { DBLAB_TOKEN: 'hidden-token', WEBHOOK_SECRET: 'hidden-secret' };

  /** Resolves once the process has written its first line. */
  async function serving(extra: readonly string[] = [], env: Record<string, string> = secrets) {
    const child = start([...argv, ...extra], env);
    const lines: string[] = [];
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => lines.push(chunk));
    if (child.stderr) await once(child.stderr, 'data');
    return { child, log: () => lines.join('') };
  }

  test('a remote that is down ends nothing; SIGTERM does, with exit code 0', async () => {
    const { child, log } = await serving();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    for (const line of log().trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
    expect(log()).not.toContain('hidden');
  });

  test('SIGINT as well', async () => {
    const { child } = await serving();
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('a second signal ends it at once, whatever is under way', async () => {
    const world = await openWorld();
    const script = join(folder, 'tctl');
    const started = join(folder, 'started');
    writeFileSync(
      script,
      `#!/bin/sh\necho $$ > ${started}.new && mv ${started}.new ${started}\nexec sleep 60\n`,
      {
        mode: 0o755,
      },
    );
    const sidecar = await world.serve({ args: ['--tctl-path', script], webhooks: false });
    const pid = await vi.waitFor(() => Number(readFileSync(started, 'utf8')), { timeout: 20_000 });
    onTestFinished(() => void process.kill(pid));
    sidecar.process.kill('SIGTERM');
    sidecar.process.kill('SIGINT');
    expect(await sidecar.ended).toBe(1);
  });

  test('secrets from files work, and those from arguments are warned about', async () => {
    const file = join(folder, 'secrets');
    writeFileSync(file, 'hidden-one\nhidden-two\n');
    const extra = ['--webhook-secret-file', file, '--dblab-token', 'hidden-token'];
    const { child, log } = await serving(extra, {});
    expect(log()).toMatch(/"level":"warn".*--dblab-token is given as an argument/);
    expect(log()).not.toContain('hidden');
    child.kill('SIGTERM');
    await once(child, 'exit');
  });

  test('every problem of the configuration at once, and none of the secrets', async () => {
    const bad = ['--poll-interval', '0s', '--label', 'dblab=x', '--log-format', 'xml'];
    const { exit, stderr } = await dblab([...argv, ...bad], { ...secrets, DBLAB_TOKEN: 'hid\nden' });
    expect(exit).toBe(2);
    expect(stderr.match(/^ {2}- /gm)).toHaveLength(4);
    expect(stderr).not.toMatch(/hid/);
  });

  test('an address that is taken: exit code 1 and the flag', async () => {
    const engine = await startSandboxEngine();
    onTestFinished(() => engine.close());
    const { exit, stderr } = await dblab([...argv, '--listen-addr', `127.0.0.1:${engine.port}`], secrets);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/--listen-addr.*another program holds this address/);
  });

  test('a community edition: exit code 78', async () => {
    const engine = await startSandboxEngine({ edition: 'community' });
    onTestFinished(() => engine.close());
    const { exit, stderr } = await dblab([...argv, '--dblab-url', engine.url], secrets);
    expect(exit).toBe(78);
    expect(stderr).toMatch(/requires Standard or Enterprise edition/);
  });
});
