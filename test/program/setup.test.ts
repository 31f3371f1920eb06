import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { parseServeConfig } from '../../src/config/serve.ts';
import { readServerYml } from '../../src/site/server-yml.ts';
import { readTeleportYaml } from '../../src/site/teleport-yaml.ts';
import { environmentOf } from '../../src/site/units.ts';
import { databaseName } from '../../src/teleport/name.ts';
import { dblab, personWho } from '../../src/testing/command-line.ts';
import { newInstallation, SERVER_YML } from './installation.ts';
import { eventually, onTestEnd, SECRET, TOKEN } from './world.ts';

const IDENTITY = '/etc/dblab/teleport-identity-dir/identity';
const UNIT = '/etc/systemd/system/dblab-teleport-sidecar.service';

/** Every file below a folder, with its text. */
function filesIn(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(files.map((file) => [file.slice(folder.length), readFileSync(file, 'utf8')]));
}

describe('dblab teleport setup', () => {
  it('leads from a bare host to a query through the registration of a new clone, with no hand step between', async () => {
    const host = await newInstallation({ postgres: true });
    expect(await host.dblab('setup', '--yes')).toMatchObject({ exit: 0, stderr: '' });
    host.startAgent();
    await host.renewIdentity();
    const sidecar = await host.startSidecar();
    host.restartEngine();

    host.engine.create({ id: 'first', username: 'alice' });
    const clone = await host.engine.settled('first');
    const port = Number(clone?.db.port);
    const name = databaseName({ environment: 'prod', cloneId: 'first', port });
    await eventually(() => host.teleport.databases().some(({ metadata }) => metadata.name === name));
    const [registered] = host.teleport.databases();
    expect(registered?.spec.uri).toBe(`127.0.0.1:${port}`);
    expect(host.teleport.apps().map(({ metadata }) => metadata.name)).toEqual(['dblab-api-prod']);

    // What an agent does for a colleague who types "tsh db connect".
    const { cert, key } = await host.teleport.issueDatabaseCertificate({ user: 'alice' });
    const client = new pg.Client({
      ...{ host: '127.0.0.1', port, user: 'alice', database: 'postgres' },
      ssl: { cert, key, rejectUnauthorized: false },
    });
    await client.connect();
    onTestEnd(() => client.end());
    const { rows } = await client.query(
      'select current_user as me, ssl from pg_stat_ssl where pid = pg_backend_pid()',
    );
    expect(rows).toEqual([{ me: 'alice', ssl: true }]);
    await sidecar.says(200, /./);
  });

  it('changes nothing when it is run again, and says so', async () => {
    const host = await newInstallation();
    await host.dblab('setup', '--yes');
    const before = filesIn(host.root);
    const roles = host.teleport.roleNames();
    const again = await host.dblab('setup', '--yes');
    expect(again).toMatchObject({ exit: 0, stderr: '' });
    expect(again.stdout).toContain('Nothing to change: all is as it has to be.');
    expect(filesIn(host.root)).toEqual(before);
    expect(host.teleport.roleNames()).toEqual(roles);
  });

  it('shows the plan and changes nothing with --dry-run, nor when nobody can be asked', async () => {
    const host = await newInstallation();
    const before = filesIn(host.root);
    const { exit, stdout } = await host.dblab('setup', '--dry-run');
    expect(exit).toBe(0);
    expect(stdout).toContain('+    ssl: "on"');
    expect(stdout).toContain('A dry run: nothing was changed.');
    const unasked = await host.dblab('setup');
    expect(unasked).toMatchObject({ exit: 2, stderr: expect.stringContaining('no terminal to ask on') });
    expect(filesIn(host.root)).toEqual(before);
    expect(host.teleport.roleNames()).toEqual(['admin']);
  });

  it('changes nothing when the person says no', async () => {
    const host = await newInstallation();
    const before = filesIn(host.root);
    const asked = await host.type(['setup'], { terminal: personWho('n'), isTTY: true });
    expect(asked).toMatchObject({ exit: 1, stderr: expect.stringContaining('Nothing was changed.') });
    expect(filesIn(host.root)).toEqual(before);
  });

  it('tells no secret, neither one that was given nor one in a file', async () => {
    const host = await newInstallation({
      serverYml: SERVER_YML.replace('port: 2345', 'password: hunter2hunter2'),
    });
    const { stdout, stderr } = await host.dblab('setup', '--yes');
    const token = host.read('/etc/dblab-teleport/join-token').trim();
    expect(token).toMatch(/^\w{32}$/);
    for (const secret of [TOKEN, SECRET, token, 'hunter2hunter2', 'BEGIN PRIVATE KEY']) {
      expect(stdout + stderr).not.toContain(secret);
    }
    for (const path of [
      '/etc/dblab-teleport/env',
      '/etc/dblab-teleport/join-token',
      '/etc/dblab/certs/server.key',
    ]) {
      expect(statSync(host.at(path)).mode & 0o777, path).toBe(0o600);
    }
  });

  it('installs all that the sidecar needs to start, without an argument', async () => {
    const host = await newInstallation();
    await host.dblab('setup', '--yes', '--label', 'team=db', '--no-app', '--lease', '4h');
    const env = environmentOf(host.read('/etc/dblab-teleport/env'));
    const readFile = () => {
      throw new Error('no file');
    };
    expect(parseServeConfig({ flags: {}, env, readFile })).toMatchObject({
      ok: true,
      config: {
        environmentId: 'prod',
        identityFile: IDENTITY,
        listen: { host: '0.0.0.0', port: 9876 },
        labels: { team: 'db' },
        app: undefined,
        leaseMs: 4 * 3_600_000,
        warnings: [],
      },
    });
    expect(host.read(UNIT)).toMatch(/^ExecStart=\S+ teleport serve$/m);
    expect(host.read(UNIT)).toMatch(/^LimitCORE=0$/m);
  });

  it.skipIf(process.getuid?.() === 0)(
    'leaves a file alone that it may not write, and says who may',
    async () => {
      const host = await newInstallation();
      chmodSync(host.at('/srv'), 0o555);
      const { exit, stderr } = await host.dblab('setup', '--yes');
      chmodSync(host.at('/srv'), 0o755);
      expect(exit).toBe(1);
      expect(stderr).toContain(
        '/srv/server.yml cannot be written: this user may not write there (run setup as root)',
      );
      expect(host.read('/srv/server.yml')).toBe(SERVER_YML);
      expect(readdirSync(host.at('/srv'))).toEqual(['server.yml']);
    },
  );

  it('edits files in place: every other byte, the mode and a copy of what was there are kept', async () => {
    const host = await newInstallation();
    const teleportYaml = host.read('/etc/teleport.yaml');
    await host.dblab('setup', '--yes');
    const after = host.read('/srv/server.yml');
    const added = /^ {4}(volume|ssl\w*): .*\n|^webhooks:\n(?: .*\n)+/gm;
    expect(after.replace(added, '')).toBe(SERVER_YML);
    expect(statSync(host.at('/srv/server.yml')).mode & 0o777).toBe(0o600);
    const copies = readdirSync(host.at('/srv')).filter((name) => name.includes('.bak-'));
    expect(copies.map((name) => host.read(`/srv/${name}`))).toEqual([SERVER_YML]);
    expect(host.read('/etc/teleport.yaml').startsWith(teleportYaml)).toBe(true);
  });

  it('writes every file below the folder of --print, and touches nothing else', async () => {
    const host = await newInstallation();
    const before = filesIn(host.root);
    const folder = join(host.root, '..', 'printed');
    expect(await host.dblab('setup', '--print', folder)).toMatchObject({ exit: 0 });
    expect(filesIn(host.root)).toEqual(before);
    expect(host.teleport.roleNames()).toEqual(['admin']);
    expect(Object.keys(filesIn(folder)).sort()).toEqual([
      '/etc/dblab-teleport/env',
      '/etc/dblab/certs/server.crt',
      '/etc/dblab/certs/server.key',
      '/etc/dblab/certs/teleport-ca.crt',
      UNIT,
      '/etc/systemd/system/tbot.service',
      '/etc/tbot.yaml',
      '/etc/teleport.yaml',
      '/srv/server.yml',
      '/teleport/dblab-bot-role.yaml',
      '/teleport/dblab-user-role.yaml',
    ]);
  });

  it('goes on after an interruption from where it was', async () => {
    const host = await newInstallation();
    // A file where a folder has to be: as if the disk had failed half-way.
    mkdirSync(host.at('/etc/systemd'));
    host.write('/etc/systemd/system', '');
    const first = await host.dblab('setup', '--yes');
    expect(first).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/tbot\.service cannot be written: .*untouched/),
    });
    expect(first.stdout).toContain('✓ Create /etc/dblab-teleport/env');
    const token = host.read('/etc/dblab-teleport/join-token');
    rmSync(host.at('/etc/systemd/system'));
    const second = await host.dblab('setup', '--yes');
    expect(second).toMatchObject({ exit: 0, stderr: '' });
    expect(second.stdout).not.toContain('Create the bot');
    expect(host.read('/etc/dblab-teleport/join-token')).toBe(token);
    expect(existsSync(host.at(UNIT))).toBe(true);
  });

  it.each([
    ['is no YAML', 'a: [1\nb: }\n', /server\.yml|not YAML: .* in line \d/],
    [
      'defines an anchor twice',
      `${SERVER_YML}x: &db_configs {}\n`,
      /defines something twice: the anchor &db_configs \(lines \d+ and \d+\)/,
    ],
  ])('leaves a server.yml alone that %s, and makes the rest', async (_name, serverYml, said) => {
    const host = await newInstallation({ serverYml });
    const { exit, stdout } = await host.dblab('setup', '--yes');
    expect(exit).toBe(1);
    expect(stdout).toMatch(said);
    expect(host.read('/srv/server.yml')).toBe(serverYml);
    expect(existsSync(host.at(UNIT))).toBe(true);
  });

  it('says what to do with a volume that is mounted already, for there is room for one', async () => {
    const taken = SERVER_YML.replace('"shm-size": 1gb', '"shm-size": 1gb\n    volume: "/data:/data"');
    const host = await newInstallation({ serverYml: taken });
    const { stdout } = await host.dblab('setup', '--yes');
    expect(stdout).toContain('mounts something else (/data:/data)');
    expect(host.read('/srv/server.yml')).toContain('volume: "/data:/data"');
  });

  it('only widens a role that is there', async () => {
    const host = await newInstallation();
    const guides = {
      kind: 'role',
      version: 'v7',
      metadata: { name: 'dblab-bot', labels: { team: 'db' } },
      spec: {
        allow: {
          db_labels: { env: 'prod' },
          db_users: ['*'],
          rules: [
            { resources: ['db', 'db_server'], verbs: ['list', 'create', 'read', 'update', 'delete'] },
            { resources: ['app', 'app_server'], verbs: ['list', 'create', 'read', 'update', 'delete'] },
          ],
        },
      },
    };
    await host.applyRole(guides);
    const { stdout } = await host.dblab('setup', '--yes');
    expect(stdout).toContain('Widen the role dblab-bot in Teleport');
    expect((await host.dblab('setup', '--yes')).stdout).toContain('Nothing to change');
    expect(host.teleport.roleDocument('dblab-bot')).toMatchObject({
      metadata: { labels: { team: 'db' } },
      spec: {
        allow: {
          db_users: ['*'],
          app_labels: { '*': '*' },
          rules: expect.arrayContaining([
            ...guides.spec.allow.rules,
            { resources: ['db_service'], verbs: ['list', 'read'] },
          ]),
        },
      },
    });
  });

  it('makes the rest where no administrator can be asked, and says what one has to type', async () => {
    const host = await newInstallation();
    const { exit, stdout } = await host.dblab('setup', '--yes', '--admin-identity', host.at('/none'));
    expect(exit).toBe(1);
    expect(stdout).toMatch(/Role dblab-bot of the sidecar: not by this run/);
    expect(stdout).toContain('"tctl get role/dblab-bot" as an administrator failed');
    expect(existsSync(host.at(UNIT))).toBe(true);
    expect(host.teleport.roleNames()).toEqual(['admin']);
  });

  it('signs an identity for a plain user where no tbot is wanted, and leaves its renewal to a timer', async () => {
    const host = await newInstallation();
    expect(await host.dblab('setup', '--yes', '--identity-by', 'user')).toMatchObject({ exit: 0 });
    const { roles } = await host.identity();
    expect(roles).toEqual(['dblab-bot']);
    expect(statSync(host.at(IDENTITY)).mode & 0o777).toBe(0o600);
    expect(host.read('/etc/systemd/system/dblab-teleport-identity.service')).toContain('--format=file');
    const again = await host.dblab('setup', '--yes', '--identity-by', 'user');
    expect(again.stdout).toContain('Nothing to change');
  });

  it('takes the settings that are installed, and changes those that are typed', async () => {
    const host = await newInstallation();
    await host.dblab('setup', '--yes');
    host.write(
      '/etc/dblab-teleport/env',
      `${host.read('/etc/dblab-teleport/env')}DBLAB_TELEPORT_LOG_LEVEL=debug\n`,
      0o600,
    );
    const { exit, stdout } = await host.dblab(
      'setup',
      '--yes',
      '--clone-host',
      '10.0.0.5',
      '--listen-addr',
      '0.0.0.0:9999',
    );
    expect(exit).toBe(0);
    expect(stdout).toContain('http://172.17.0.1:9999/teleport-sync');
    const env = host.read('/etc/dblab-teleport/env');
    expect(env).toContain('DBLAB_TELEPORT_CLONE_HOST=10.0.0.5');
    expect(env).toContain('DBLAB_TELEPORT_LOG_LEVEL=debug');
    expect(env).toContain('DBLAB_TELEPORT_ENVIRONMENT_ID=prod');
  });

  it('lists the commands for systemd where another folder stands for the root', async () => {
    const host = await newInstallation();
    const { stdout } = await host.dblab('setup', '--yes');
    expect(stdout).toMatch(/\d\. Start tbot\.service.*: systemctl enable --now tbot\.service\n/);
    expect(stdout).toContain('docker restart dblab_server');
    expect(stdout).toContain('tctl users update NAME --set-roles=access,dblab-user');
  });
});

describe('dblab teleport doctor --fix', () => {
  it('mends what setup can mend, and nothing else', async () => {
    const host = await newInstallation();
    await host.dblab('setup', '--yes');
    rmSync(host.at('/etc/dblab/certs/teleport-ca.crt'));
    writeFileSync(
      host.at('/srv/server.yml'),
      host.read('/srv/server.yml').replace(/ {4}ssl_ca_file: .*\n/, ''),
    );
    const { stdout } = await host.dblab(
      'doctor',
      '--fix',
      '--yes',
      '--only',
      'teleport-ca-file,server-yml-ssl',
    );
    expect(stdout).toContain('✓ Create /etc/dblab/certs/teleport-ca.crt');
    expect(stdout).toContain('✓ Edit /srv/server.yml');
    expect(stdout.trim().split('\n').at(-1)).toBe('2 passed, 0 with a warning, 0 failed, 0 skipped.');
  });
});

describe('dblab teleport doctor', () => {
  it('refuses a check that does not exist, and names the nearest', async () => {
    const host = await newInstallation();
    const { exit, stderr } = await host.dblab('doctor', '--only', 'engine-tokken');
    expect(exit).toBe(2);
    expect(stderr).toContain('There is no check "engine-tokken". Did you mean engine-token?');
  });

  it('looks at one check alone, and tells of a cause before it', async () => {
    const host = await newInstallation();
    const { stdout, exit } = await host.dblab(
      'doctor',
      '--only',
      'engine-edition',
      '--dblab-url',
      'http://127.0.0.1:1',
    );
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^FAIL {2}The DBLab Engine answers \[engine-reachable\]/);
    expect(stdout).toMatch(/skip {2}.*\[engine-edition\]\n +Because engine-reachable failed/);
  });
});

describe('dblab teleport render', () => {
  it('prints the pieces that setup puts in place', async () => {
    const host = await newInstallation();
    const folder = join(host.root, '..', 'printed');
    await host.dblab('setup', '--print', folder);
    const written = filesIn(folder);
    const proxy = ['--teleport-proxy', host.teleport.proxyAddress];
    const render = async (...argv: string[]) => (await dblab(['teleport', 'render', ...argv])).stdout;
    expect(await render('role')).toBe(written['/teleport/dblab-bot-role.yaml']);
    expect(await render('user-role')).toBe(written['/teleport/dblab-user-role.yaml']);
    expect(await render('unit')).toBe(written[UNIT]);
    expect(await render('tbot', ...proxy)).toBe(written['/etc/tbot.yaml']);
    expect(await render('tbot-unit')).toBe(written['/etc/systemd/system/tbot.service']);
    const { databases, apps } = readTeleportYaml(written['/etc/teleport.yaml'] ?? '');
    const agent = readTeleportYaml(await render('agent', '--environment-id', 'prod'));
    expect({ databases: agent.databases, apps: agent.apps }).toEqual({ databases, apps });
    const { volume, settings, hooks } = readServerYml(written['/srv/server.yml'] ?? '');
    const piece = readServerYml(await render('server-yml'));
    expect(settings).toMatchObject(piece.settings);
    expect(piece).toMatchObject({ volume, hooks: [{ url: hooks[0]?.url, triggers: hooks[0]?.triggers }] });
  });

  it('says what is missing for a piece that depends on it', async () => {
    const { exit, stderr } = await dblab(['teleport', 'render', 'tbot']);
    expect(exit).toBe(2);
    expect(stderr).toContain('--teleport-proxy is missing');
  });
});
