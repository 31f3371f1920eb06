import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath, kill } from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { type Clock, systemClock } from '../lib/clock.ts';
import { Releases } from '../lib/releases.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import type { Program } from './real/programs.ts';
import { type RealCluster, startRealCluster } from './real-cluster.ts';

/*
 * What is asked of Teleport's programs, and what is made of their answers. Small scripts stand for the
 * programs, so nothing here tells whether Teleport understands: test/teleport does.
 */

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'main.js');

let releases: Releases;
let folder: string;
let home: string;
const bin = () => join(folder, 'bin');

beforeEach(async () => {
  releases = new Releases();
  folder = await mkdtemp(join(tmpdir(), 'dblab-real-'));
  releases.add(() => rm(folder, { recursive: true, force: true }));
  home = join(folder, 'home');
  await mkdir(home);
  await mkdir(bin());
  for (const program of ['teleport', 'tctl', 'tsh'] as const) await fake(program, SCRIPTS[program]);
});
afterEach(() => releases.run());

/** Each notes its run; `$home` is the folder of the cluster and `$here` that of the test. */
async function fake(program: Program, script: string): Promise<void> {
  const head = `#!/bin/sh\nhere='${folder}'; home=$HOME\necho "${program} $*" >> "$here/runs"\n`;
  await writeFile(join(bin(), program), head + script, { mode: 0o755 });
}

const SCRIPTS = {
  teleport: `
    trap 'rm "$here/up"; exit 0' TERM
    echo $$ > "$here/pid"; echo 'started' >&2; : > "$here/up"
    while :; do sleep 1 & wait $!; done`,
  tctl: `
    env > "$here/env"
    case "$*" in
      *' status') [ -e "$here/up" ] || { echo 'nobody is there' >&2; exit 1; } ;;
      *' create '*) cat >> "$here/created" ;;
      *' auth sign '*) for file; do :; done; echo "$*" > "$file" ;;
      *' auth export '*) echo 'the CA' ;;
      *' get '*) cat "$here/listed" ;;
    esac`,
  // Gives up the first time, as while no agent offers the database yet.
  tsh: `
    [ -e "$here/asked" ] || { : > "$here/asked"; echo 'database not found' >&2; exit 1; }
    echo $$ > "$here/tsh-pid"
    exec '${execPath}' -e 'require("node:net").createServer().listen(process.argv[1], "127.0.0.1")' "\${10}"`,
};

function start(clock: Clock = systemClock): Promise<RealCluster> {
  return startRealCluster({ bin: bin(), directory: home, env: { PATH: env['PATH'] ?? '' }, clock });
}

async function open(clock?: Clock): Promise<RealCluster> {
  const cluster = await start(clock);
  releases.add(() => cluster.close());
  return cluster;
}

const text = (name: string) => readFile(join(folder, name), 'utf8');
const runs = async () => (await text('runs')).trimEnd().split('\n');

async function isRunning(pidFile = 'pid'): Promise<boolean> {
  try {
    return kill(Number(await text(pidFile)), 0);
  } catch {
    return false;
  }
}

/** Lets time pass until it is settled, and answers the reason of its failure. */
async function failureOf(task: Promise<unknown>, clock: FakeClock): Promise<unknown> {
  let failure: unknown;
  void task.catch((error: unknown) => {
    failure = error;
  });
  await expect
    .poll(() => clock.advance(1_000).then(() => failure), { timeout: 30_000, interval: 1 })
    .toBeDefined();
  return failure;
}

describe('starting', () => {
  it('waits for Auth, makes the people and their identities, and reads the CA of clients', async () => {
    const cluster = await open();
    const tctl = `tctl --config ${home}/teleport.yaml`;
    const sign = (user: string) => `${tctl} auth sign --format=file --user=${user} --ttl=24h --overwrite -o`;
    expect((await runs()).filter((run) => run !== `${tctl} status`)).toEqual([
      `teleport start --insecure --config ${home}/teleport.yaml`,
      `${tctl} create -f`,
      `${sign('dblab-sidecar')} ${home}/identity`,
      `${sign('colleague')} ${home}/colleague`,
      `${tctl} auth export --type=db-client`,
    ]);
    expect(cluster).toMatchObject({
      clientCaPem: 'the CA\n',
      tctlPath: `${bin()}/tctl`,
      identityFile: `${home}/identity`,
    });
  });

  it('puts all services behind the two addresses that it names', async () => {
    const cluster = await open();
    const port = cluster.webAddress.replace('localhost:', '');
    expect(port).not.toBe(cluster.proxyAddress.replace('127.0.0.1:', ''));
    const agent = { enabled: true, resources: [{ labels: { dblab: 'true' } }] };
    expect(parse(await text('home/teleport.yaml'))).toMatchObject({
      version: 'v3',
      teleport: { data_dir: `${home}/data`, auth_server: cluster.proxyAddress },
      auth_service: { enabled: true, listen_addr: cluster.proxyAddress, proxy_listener_mode: 'multiplex' },
      proxy_service: { enabled: true, web_listen_addr: `127.0.0.1:${port}`, public_addr: cluster.webAddress },
      ssh_service: { enabled: false },
      db_service: agent,
      app_service: agent,
    });
  });

  it("gives the sidecar the guide's role, with the app_labels, and colleagues theirs", async () => {
    await open();
    const documents = parseAllDocuments(await text('created')).map((document) => document.toJS());
    expect(documents).toMatchObject([
      { kind: 'role', metadata: { name: 'dblab-bot' }, spec: { allow: { app_labels: { '*': '*' } } } },
      { kind: 'role', metadata: { name: 'dblab-user' }, spec: { allow: { db_labels: { dblab: 'true' } } } },
      { kind: 'user', metadata: { name: 'dblab-sidecar' }, spec: { roles: ['dblab-bot'] } },
      { kind: 'user', metadata: { name: 'colleague' }, spec: { roles: ['dblab-user'] } },
    ]);
  });

  it('gives the programs a home of their own and nothing of our environment beside', async () => {
    await open();
    const lines = (await text('env')).trimEnd().split('\n');
    expect(lines.filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line)).sort()).toEqual([
      `HOME=${home}`,
      `PATH=${env['PATH']}`,
      `TELEPORT_HOME=${home}/.tsh`,
      'TELEPORT_TOOLS_VERSION=off',
    ]);
  });
});

describe('a start that fails names the reason, and nothing of it runs on', () => {
  afterEach(async () => {
    expect(await isRunning()).toBe(false);
  });

  it('when programs are missing', async () => {
    await rm(join(bin(), 'tctl'));
    await chmod(join(bin(), 'tsh'), 0o644);
    await expect(start()).rejects.toThrow(
      `${bin()} holds no tctl, no tsh that can be run. Name a folder with teleport, tctl, tsh of one Teleport`,
    );
  });

  it('when Teleport ends at once', async () => {
    await fake('teleport', `echo 'first line'; echo 'unknown key "prxy_service"' >&2; exit 3`);
    await expect(start()).rejects.toThrow(
      `Teleport ended (exit code 3). Its last lines:\n  first line\n  unknown key "prxy_service"`,
    );
  });

  it('when Teleport is no program of this machine', async () => {
    await writeFile(join(bin(), 'teleport'), '\u007fELF of another machine', { mode: 0o755 });
    await expect(start()).rejects.toThrow(/Teleport ended .*\n.*teleport/s);
  });

  it('when Auth does not answer in time', async () => {
    await fake('teleport', `${SCRIPTS.teleport.replace(': > "$here/up"', 'echo "still trying"')}`);
    const clock = new FakeClock();
    const starting = start(clock);
    await expect
      .poll(() => text('home/teleport.log').catch(() => ''), { timeout: 10_000 })
      .toContain('still');
    expect(String(await failureOf(starting, clock))).toMatch(
      /Teleport did not answer in time: tctl .* status: nobody is there\. .*\n {2}started\n {2}still trying$/s,
    );
  });

  it('when tctl refuses', async () => {
    await fake(
      'tctl',
      `case "$*" in *create*) printf '\\033[31mERROR: \\033[0mrole v7\\n\\tis too new\\n\\n' >&2; exit 1; esac`,
    );
    await expect(start()).rejects.toThrow(/^tctl --config .* create -f: role v7 is too new$/);
  });
});

describe('ending', () => {
  it('leaves no process', async () => {
    const cluster = await start();
    expect(await isRunning()).toBe(true);
    await cluster.close();
    expect(await isRunning()).toBe(false);
  });

  it('kills a Teleport that does not end by itself', async () => {
    await fake('teleport', SCRIPTS.teleport.replace(/trap .* TERM/, "trap '' TERM"));
    const clock = new FakeClock();
    const starting = start(clock);
    void starting.then((cluster) => cluster.close());
    await expect.poll(isRunning, { timeout: 10_000 }).toBe(true);
    await expect
      .poll(() => clock.advance(1_000).then(() => isRunning()), { timeout: 30_000, interval: 1 })
      .toBe(false);
  });

  it('may be followed by a new start of the same cluster', async () => {
    const cluster = await open();
    await cluster.stop();
    expect(await isRunning()).toBe(false);
    await cluster.start();
    expect(await isRunning()).toBe(true);
    expect((await runs()).filter((run) => run.startsWith('teleport '))).toHaveLength(2);
    expect(await text('home/teleport.log')).toBe('started\nstarted\n');
  });
});

describe('listing', () => {
  it('answers the documents, and none where there are none', async () => {
    const cluster = await open();
    const listed = join(folder, 'listed');
    await writeFile(listed, '[]');
    expect(await cluster.list('app')).toEqual([]);
    const a = {
      kind: 'db',
      metadata: { name: 'a', labels: { x: 'yes' }, revision: 'r1' },
      spec: { uri: 'h:1' },
    };
    await writeFile(listed, JSON.stringify([a, { kind: 'db', metadata: { name: 'b' } }]));
    expect(await cluster.list('db')).toMatchObject([a, { metadata: { name: 'b', labels: {} } }]);
    expect(await cluster.visible()).toEqual(new Set(['a', 'b']));
    expect((await runs()).at(-1)).toMatch(/ get db --format=json$/);
  });
});

describe('connecting', () => {
  const TO = { name: 'dblab-clone-sandbox-a-6000', port: 6000, user: 'ann', database: 'shop' };

  it('opens a tunnel as the colleague as soon as an agent offers the database, and closes it', async () => {
    const cluster = await open();
    const way = await cluster.connect(TO);
    const tsh = (await runs()).filter((run) => run.startsWith('tsh '));
    expect(tsh).toHaveLength(2);
    expect(tsh[1]).toBe(
      `tsh --insecure --proxy ${cluster.webAddress} --identity ${home}/colleague proxy db --tunnel ` +
        `--port ${way.port} --db-user ann --db-name shop ${TO.name}`,
    );
    expect(await isRunning('tsh-pid')).toBe(true);
    await way.close();
    expect(await isRunning('tsh-pid')).toBe(false);
  });

  it('says what tsh said when there is no way', async () => {
    await fake(
      'tsh',
      `printf '\\033[31mERROR: \\033[0maccess to db denied\\n' >&2; : > "$here/refused"; exit 1`,
    );
    const clock = new FakeClock();
    const opening = open(clock);
    await expect
      .poll(() => clock.advance(1_000).then(runs), { timeout: 10_000 })
      .toContainEqual(expect.stringContaining('auth export'));
    const cluster = await opening;
    const connecting = cluster.connect(TO);
    await expect.poll(() => readdir(folder), { timeout: 10_000 }).toContain('refused');
    expect(String(await failureOf(connecting, clock))).toBe(
      `Error: tsh opened no tunnel to ${TO.name}. ERROR: access to db denied`,
    );
  });
});

describe('dblab sandbox --teleport-bin', () => {
  function sandbox() {
    const args = ['sandbox', '--demo', '--no-postgres', '--port-from', '0', '--teleport-bin', bin()];
    const child = spawn(execPath, [MAIN, ...args], { env: { PATH: env['PATH'], TMPDIR: home } });
    releases.add(() => void child.kill('SIGKILL'));
    return child;
  }

  it('names what the folder lacks, exits 1 and leaves nothing behind', async () => {
    await rm(join(bin(), 'tsh'));
    const child = sandbox();
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(said).toMatch(new RegExp(`^${bin()} holds no tsh that can be run\\. Name .*\\n$`));
    expect(await readdir(home)).toEqual([]);
  });

  it('takes Teleport along even when it is killed', async () => {
    await fake('tctl', 'exit 1');
    const child = sandbox();
    await expect.poll(isRunning, { timeout: 10_000 }).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(isRunning, { timeout: 10_000 }).toBe(false);
  });
});
