import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };
import { createAll, eventually, onTestEnd, openWorld, SECRET, TOKEN, type World } from './world.ts';

const ROOT = join(import.meta.dirname, '../..');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dblab-package-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Program = readonly [string, ...string[]];

/** The package as it is published, with what it asks for beside it and nothing else. */
function installedPackage(): Program {
  const packed = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  execFileSync('tar', ['xzf', join(folder, packed.trim()), '-C', modules]);
  for (const name of Object.keys(manifest.dependencies)) {
    const [scope] = name.split('/');
    if (name.includes('/')) mkdirSync(join(modules, scope ?? ''), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  return [process.execPath, join(modules, 'package', 'dist', 'main.js')];
}

function executable(): Program {
  const out = join(folder, 'out');
  execFileSync(process.execPath, [join(ROOT, 'packaging/executable.mjs'), out], { stdio: 'ignore' });
  return [join(out, 'dblab')];
}

/** With nothing of our own environment, PATH included. */
function typed([command, ...first]: Program, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, [...first, ...args], { env: {}, encoding: 'utf8' });
  return { status, stdout, stderr };
}

interface Locked {
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

function packagesThat(are: (locked: Locked) => boolean): string[] {
  const { '': _own, ...packages } = lock.packages;
  return Object.entries<Locked>(packages).flatMap(([name, locked]) => (are(locked) ? [name] : []));
}

/** What each form of the program has to do. */
async function smoke(program: Program): Promise<void> {
  expect(typed(program, '--version')).toEqual({ status: 0, stdout: `${manifest.version}\n`, stderr: '' });
  expect(typed(program, 'clone', 'create', '--help').stdout).toContain('Examples:');
  expect(typed(program, 'teleport', 'render', 'role').stdout).toContain('name: dblab-bot');
  expect(typed(program, 'clone', 'lst')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Did you mean list?'),
  });
  const world = await openWorld({ transport: 'api' });
  await createAll(world.engine, 'a');
  await serves(program, world);
  expect(world.databases()).toEqual(['dblab-clone-prod-a-6000']);
}

async function serves([command, ...first]: Program, { teleport, engine, identity }: World): Promise<void> {
  const env = {
    DBLAB_TELEPORT_ENVIRONMENT_ID: 'prod',
    DBLAB_TELEPORT_PROXY: teleport.proxyAddress,
    DBLAB_TELEPORT_IDENTITY: identity,
    DBLAB_TELEPORT_DBLAB_URL: engine.url,
    DBLAB_TELEPORT_LISTEN_ADDR: '127.0.0.1:0',
    DBLAB_TELEPORT_STATUS_ADDR: '127.0.0.1:0',
    DBLAB_TELEPORT_LOG_FORMAT: 'pretty',
    DBLAB_TOKEN: TOKEN,
    WEBHOOK_SECRET: SECRET,
  };
  const child = spawn(command, [...first, 'teleport', 'serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  onTestEnd(() => child.kill('SIGKILL'));
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const address = await new Promise<string>((resolve) =>
    child.stderr.on('data', () => {
      const found = /\/readyz on (\S+)\./.exec(log)?.[1];
      if (found !== undefined) resolve(found);
    }),
  );
  await eventually(async () => expect((await fetch(`http://${address}/readyz`)).status).toBe(200));
  expect(await (await fetch(`http://${address}/metrics`)).text()).toContain(
    'dblab_teleport_registrations{environment="prod"} 1',
  );
  expect(await (await fetch(`http://${address}/`)).text()).toContain('In step: 1 of 1 clones registered.');
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  expect(await ended, log).toBe(0);
}

describe('what is published', () => {
  it('the npm package runs with its runtime dependencies alone', () => smoke(installedPackage()));

  it('the single executable runs on a host without Node and with an empty PATH', async () => {
    const program = executable();
    await smoke(program);
    expect(typed(program, 'sandbox')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('npm run sandbox'),
    });
  });

  it('the package holds the program and nothing of its tests', () => {
    const listed = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: ROOT,
        encoding: 'utf8',
      }),
    );
    const files: string[] = listed[0].files.map(({ path }: { path: string }) => path);
    expect(files.filter((file) => !/^(dist\/|package\.json$|README\.md$|LICENSE$)/.test(file))).toEqual([]);
    expect(files).toContain('dist/main.js');
  });

  it('asks for exact versions, each with the hash of what it is', () => {
    const asked = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
    expect(packagesThat((it) => it.link !== true && !it.integrity?.startsWith('sha512-'))).toEqual([]);
  });

  it('needs no script of a package to be run where it is installed', () => {
    expect(packagesThat((it) => it.hasInstallScript === true && it.dev !== true)).toEqual([]);
    expect(Object.keys(manifest.scripts).filter((name) => /install|prepare/.test(name))).toEqual([]);
  });
});

describe('the container', () => {
  const lines = readFileSync(join(ROOT, 'packaging/Dockerfile'), 'utf8').split('\n');

  it('ends as another user than root, with a health check, from images of a fixed major version', () => {
    expect(lines.filter((line) => line.startsWith('USER')).at(-1)).toBe('USER node');
    expect(lines.some((line) => line.startsWith('HEALTHCHECK'))).toBe(true);
    const images = lines.filter((line) => line.startsWith('FROM')).map((line) => line.split(' ')[1]);
    expect(images.filter((image) => !/^node:20(\.\d+)*-alpine$/.test(image ?? ''))).toEqual([]);
    expect(lines.filter((line) => /^(ADD|RUN .*(curl|npm install))/.test(line))).toEqual([]);
  });

  it('copies what is there, and its context holds all of that', () => {
    const copied = lines
      .filter((line) => /^COPY (?!--)/.test(line))
      .flatMap((line) => line.split(' ').slice(1, -1));
    const sent = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    for (const path of copied) {
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      expect(sent).toContain(`!${path}`);
    }
  });

  it('is run beside an Engine without root, without secrets in its environment, and read-only', () => {
    const { services, secrets } = parse(readFileSync(join(ROOT, 'packaging/compose.yml'), 'utf8'));
    const { 'dblab-teleport': service } = services;
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], ulimits: { core: 0 } });
    expect(service.network_mode).toBe('host');
    expect(Object.keys(secrets)).toEqual(service.secrets);
    expect(
      Object.keys(service.environment).filter((name) => /^(DBLAB_TOKEN|WEBHOOK_SECRET)$/.test(name)),
    ).toEqual([]);
  });

  const hasBuilder = spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0;
  it.skipIf(!hasBuilder)('is built, and answers its health check', async () => {
    execFileSync('docker', ['build', '-q', '-t', 'dblab-teleport-test', '-f', 'packaging/Dockerfile', '.'], {
      cwd: ROOT,
    });
    await smoke(['docker', 'run', '--rm', '--network=host', 'dblab-teleport-test']);
  });
});
