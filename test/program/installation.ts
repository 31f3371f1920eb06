import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import { type SandboxEngine, startSandboxEngine } from '../../src/sandbox/engine/engine.ts';
import { openCloneDatabases } from '../../src/sandbox/postgres/postgres.ts';
import { type SandboxTeleport, startSandboxTeleport } from '../../src/sandbox/teleport/teleport.ts';
import { readServerYml } from '../../src/site/server-yml.ts';
import { readTeleportYaml } from '../../src/site/teleport-yaml.ts';
import { environmentOf } from '../../src/site/units.ts';
import type { Identity } from '../../src/teleport/identity.ts';
import { readIdentity } from '../../src/teleport/identity-file.ts';
import { dblab, type Told, type Typed } from '../../src/testing/command-line.ts';
import { onTestEnd, QUICK, SECRET, type Sidecar, startSidecar, TCTL, TOKEN } from './world.ts';

/*
 * A host on which nothing is set up, below a folder that stands for its root; a cluster that knows neither role
 * nor bot; an Engine. What systemd, Docker and Teleport's programs do there is done by hand.
 */

export const SERVER_YML = `# Engine of the tests. Comments stay.
server:
  verificationToken: "${TOKEN}"
  port: 2345

databaseContainer: &db_container
  dockerImage: "postgresai/extended-postgres:16"   # as delivered
  containerConfig:
    "shm-size": 1gb

databaseConfigs: &db_configs
  configs:
    # Memory first.
    shared_buffers: 1GB

provision:
  <<: *db_container
  portPool: {from: 6000, to: 6099}
  cloneAccessAddresses: "127.0.0.1"

retrieval:
  jobs: [logicalDump, logicalRestore, logicalSnapshot]
  spec:
    logicalRestore:
      options:
        <<: [*db_container, *db_configs]
    logicalSnapshot:
      options:
        <<: [*db_container, *db_configs]
        preprocessingScript: ""

cloning:
  maxIdleMinutes: 120 # two hours
`;

const TELEPORT_YAML = `version: v3
teleport:
  nodename: db-host   # as it joined
  proxy_server: PROXY
auth_service:
  enabled: "no"
proxy_service:
  enabled: "no"
`;

/** Of the agent on this host. */
export const HOST_ID = '0a1b2c3d-0000-4000-8000-000000000001';

export interface Installation {
  readonly root: string;
  readonly teleport: SandboxTeleport;
  readonly engine: SandboxEngine;
  /** Identity of an administrator of the cluster. */
  readonly admin: string;
  /** Where a path of the host lies. */
  at(path: string): string;
  read(path: string): string;
  write(path: string, text: string, mode?: number): void;
  /** `dblab teleport COMMAND` for this host. */
  dblab(command: string, ...args: readonly string[]): Promise<Told>;
  type(argv: readonly string[], typed?: Typed): Promise<Told>;
  identity(): Promise<Identity>;
  /** As an administrator does by hand. */
  applyRole(role: object): Promise<void>;
  /** As after `systemctl restart teleport`: the agent reads its configuration. */
  startAgent(): void;
  /** As tbot does once it has joined. */
  renewIdentity(): Promise<void>;
  /** As systemd starts the sidecar, at any free port; then setup is told of the port. */
  startSidecar(): Promise<Sidecar>;
  /** As after a restart of the Engine: it reads server.yml. */
  restartEngine(): void;
}

export interface InstallationOptions {
  readonly postgres?: boolean;
  readonly serverYml?: string;
  /** Where the host reaches the Engine, if not directly. */
  readonly before?: (engineUrl: string) => Promise<string>;
  /** Takes what has to be closed; at the end of the test unless given. */
  readonly onEnd?: (release: () => unknown) => void;
}

export async function newInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const { onEnd = onTestEnd } = options;
  const folder = await mkdtemp(join(tmpdir(), 'dblab-site-'));
  // PostgreSQL runs as another user than root.
  chmodSync(folder, 0o755);
  onEnd(() => rm(folder, { recursive: true, force: true }));
  const root = join(folder, 'root');
  const teleport = await startSandboxTeleport({ bare: true, cacheLag: QUICK, agentDelayMs: 1 });
  onEnd(() => teleport.close());
  const admin = join(folder, 'admin');
  await teleport.issueIdentity({ file: admin, user: 'admin', roles: ['admin'] });
  const engine = await openEngine(teleport, options);

  const at = (path: string) => join(root, path);
  const read = (path: string) => readFileSync(at(path), 'utf8');
  const write = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text, { mode });
    chmodSync(at(path), mode);
  };
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  write(
    '/etc/passwd',
    `root:x:0:0:root:/root:/bin/sh\ndblab-teleport:x:${uid}:${gid}::/:/usr/sbin/nologin\n`,
  );
  write('/srv/server.yml', options.serverYml ?? SERVER_YML, 0o600);
  write('/etc/teleport.yaml', TELEPORT_YAML.replace('PROXY', teleport.proxyAddress));
  write('/var/lib/teleport/host_uuid', `${HOST_ID}\n`);
  const caFile = join(folder, 'web-ca.pem');
  writeFileSync(caFile, teleport.webCaPem);

  const given = {
    DBLAB_TELEPORT_PROXY: teleport.proxyAddress,
    DBLAB_TELEPORT_DBLAB_URL: (await options.before?.(engine.url)) ?? engine.url,
    DBLAB_TELEPORT_CA_FILE: caFile,
    DBLAB_TELEPORT_TCTL_PATH: TCTL,
    DBLAB_TELEPORT_SERVER_YML: '/srv/server.yml',
    DBLAB_TELEPORT_ADMIN_IDENTITY: admin,
    DBLAB_TELEPORT_POSTGRES_UID: String(uid),
    DBLAB_TOKEN: TOKEN,
    WEBHOOK_SECRET: SECRET,
    PATH: process.env['PATH'] ?? '',
  };
  const type = (argv: readonly string[], typed: Typed = {}) => {
    // What is installed is found by itself; the administrator is not part of it.
    const isInstalled = existsSync(at('/etc/dblab-teleport/env'));
    const first = { ...given, DBLAB_TELEPORT_ENVIRONMENT_ID: 'prod' };
    const env = isInstalled ? { DBLAB_TELEPORT_ADMIN_IDENTITY: admin, PATH: given.PATH } : first;
    return dblab(['teleport', ...argv, '--root', root], { env, ...typed });
  };
  const identity = '/etc/dblab/teleport-identity-dir/identity';
  return {
    root,
    teleport,
    engine,
    admin,
    at,
    read,
    write,
    type,
    dblab: (command, ...args) => type([command, ...args]),
    identity: () => readIdentity(at(identity)),
    async applyRole(role) {
      const args = ['--identity', admin, '--auth-server', teleport.proxyAddress, 'create', '-f'];
      await execa(TCTL, args, { input: JSON.stringify(role), env: { TELEPORT_CONFIG_FILE: '' } });
    },
    startAgent() {
      const { databases, apps } = readTeleportYaml(read('/etc/teleport.yaml'));
      const resources = databases.isEnabled ? databases.matchers : [];
      const appResources = apps.isEnabled ? apps.matchers : [];
      teleport.addAgent({ hostId: HOST_ID, hostname: 'db-host', resources, appResources });
    },
    async renewIdentity() {
      mkdirSync(dirname(at(identity)), { recursive: true });
      await teleport.issueIdentity({ file: at(identity), ttlMs: 24 * 3_600_000 });
    },
    async startSidecar() {
      const variables = environmentOf(read('/etc/dblab-teleport/env'));
      const env = { ...variables, DBLAB_TELEPORT_IDENTITY: at(identity), TMPDIR: folder };
      const anywhere = ['--listen-addr', '0.0.0.0:0', '--status-addr', '127.0.0.1:0', '--log-level', 'debug'];
      const sidecar = await startSidecar(['teleport', 'serve', ...anywhere], env);
      const port = new URL(sidecar.webhookUrl).port;
      const status = new URL(sidecar.statusUrl ?? '').host;
      const told = await type([
        'setup',
        '--yes',
        '--listen-addr',
        `0.0.0.0:${port}`,
        '--status-addr',
        status,
      ]);
      expect(told).toMatchObject({ exit: 0 });
      return sidecar;
    },
    restartEngine() {
      const { hooks } = readServerYml(read('/srv/server.yml'));
      engine.setWebhooks(
        hooks.map(({ url, secret, triggers }) => ({
          // The gateway of Docker's bridge is this very host.
          url: url.replace('172.17.0.1', '127.0.0.1'),
          secret,
          trigger: [...triggers],
        })),
      );
    },
  };
}

async function openEngine(
  teleport: SandboxTeleport,
  { postgres, onEnd = onTestEnd }: InstallationOptions,
): Promise<SandboxEngine> {
  const databases = postgres ? await openCloneDatabases({ clientCa: teleport.clientCaPem }) : undefined;
  if (databases !== undefined) onEnd(() => databases.close());
  const engine = await startSandboxEngine({
    token: new Secret(TOKEN),
    edition: 'standard',
    version: 'v4.1.0-20260407-1107',
    ports: postgres ? { from: 0, to: 0 } : { from: 6000, to: 6099 },
    workMs: 1,
    ...(databases && { databases }),
  });
  onEnd(() => engine.close());
  return engine;
}
