import { once } from 'node:events';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { CHECKS } from '../../src/checks/list.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { Secret } from '../../src/lib/secret.ts';
import { startSandboxTeleport } from '../../src/sandbox/teleport/teleport.ts';
import { serveWebhook } from '../../src/server/webhook.ts';
import { HOST_ID, type Installation, newInstallation } from './installation.ts';
import { eventually, run, SECRET } from './world.ts';

/*
 * A healthy installation, of which nothing is reported; then one fault at a time, found by the check that names it
 * and by no other. The sidecar is its two faces alone: what it does is not what is examined.
 */

const IDENTITY = '/etc/dblab/teleport-identity-dir/identity';
const CERTS = '/etc/dblab/certs';
const ENV = '/etc/dblab-teleport/env';

interface Verdict {
  readonly id: string;
  readonly verdict: string;
  readonly evidence: string;
  readonly cure?: string;
}

const releases: (() => unknown)[] = [];
const onEnd = (release: () => unknown) => void releases.push(release);
let host: Installation;
/** Changes what the Engine says. */
let mask = asItIs;
let sidecar: { readonly status: Record<string, unknown>; isOpen: boolean };
let addresses: readonly string[];

beforeAll(async () => {
  host = await newInstallation({ postgres: true, onEnd, before: masked });
  expect(await host.dblab('setup', '--yes')).toMatchObject({ exit: 0 });
  host.startAgent();
  await host.renewIdentity();
  addresses = await openFaces();
  expect(await host.dblab('setup', '--yes', ...addresses)).toMatchObject({ exit: 0 });
  host.engine.create({ id: 'c1', username: 'postgres' });
  await host.engine.settled('c1');
  await register();
});

afterAll(async () => {
  for (const release of releases.reverse()) await release();
});

/** As the sidecar does, once. */
async function register(): Promise<void> {
  const { environmentOf } = await import('../../src/site/units.ts');
  const env = { ...environmentOf(host.read(ENV)), DBLAB_TELEPORT_IDENTITY: host.at(IDENTITY) };
  expect(await run(['teleport', 'serve', '--once'], env)).toMatchObject({ exit: 0 });
  await eventually(() => host.teleport.cached('app').length === 1);
}

async function doctor(...args: readonly string[]): Promise<Verdict[]> {
  const { stdout, stderr } = await host.dblab('doctor', '--json', ...args);
  expect(stderr).toBe('');
  return JSON.parse(stdout).checks;
}

const wrong = (found: readonly Verdict[]) =>
  found
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'warn')
    .map(({ id, verdict }) => `${id}: ${verdict}`);

interface Fault {
  readonly fault: string;
  readonly finds: string;
  /** What to type, and how to undo it. */
  readonly inject: () => Injected | Promise<Injected>;
}

interface Injected {
  readonly args?: readonly string[];
  readonly undo?: () => unknown;
}

/** Another text in a file of the host. */
const edited = (path: string, edit: (text: string) => string, mode?: number) => (): Injected => {
  const before = host.read(path);
  host.write(path, edit(before), mode);
  return { undo: () => host.write(path, before, mode) };
};

const masking = (put: typeof mask) => (): Injected => {
  mask = put;
  return {
    undo() {
      mask = asItIs;
    },
  };
};

const saying = (said: object) => (): Injected => {
  const before = { ...sidecar.status };
  Object.assign(sidecar.status, said);
  return { undo: () => Object.assign(sidecar.status, before) };
};

/** Another clone than the healthy one, with these settings of PostgreSQL. */
const cloneWith = (settings: Record<string, string>) => async (): Promise<Injected> => {
  host.engine.destroy('c1');
  await host.engine.settled('c1');
  host.engine.create({ id: 'c1', username: 'postgres', settings });
  await host.engine.settled('c1');
  await register();
  return {
    async undo() {
      host.engine.destroy('c1');
      await host.engine.settled('c1');
      host.engine.create({ id: 'c1', username: 'postgres' });
      await host.engine.settled('c1');
      await register();
    },
  };
};

const EVERYTHING = { '*': ['*'] };
const BOT = {
  dbLabels: EVERYTHING,
  appLabels: EVERYTHING,
  rules: [
    { resources: ['db', 'app', 'db_server', 'app_server'], verbs: ['*'] },
    { resources: ['db_service'], verbs: ['list', 'read'] },
  ],
};
const role = (change: Partial<typeof BOT>) => (): Injected => {
  host.teleport.setRole('dblab-bot', { ...BOT, ...change });
  return { undo: () => host.teleport.setRole('dblab-bot', BOT) };
};

const agent = (change: object) => (): Injected => {
  host.teleport.removeAgent(HOST_ID);
  if (Object.keys(change).length > 0) {
    const resources = [{ dblab: ['true'], environment: ['prod'] }];
    host.teleport.addAgent({
      hostId: HOST_ID,
      hostname: 'db-host',
      resources,
      appResources: resources,
      ...change,
    });
  }
  return {
    undo() {
      for (const { hostId } of host.teleport.agents()) host.teleport.removeAgent(hostId);
      host.startAgent();
    },
  };
};

const FAULTS: readonly Fault[] = [
  {
    fault: 'the Engine is down',
    finds: 'engine-reachable: fail',
    inject: () => ({ args: ['--dblab-url', 'http://127.0.0.1:1'] }),
  },
  {
    fault: 'a wrong token',
    finds: 'engine-token: fail',
    inject: () => ({ args: ['--dblab-token', 'wrong'] }),
  },
  {
    fault: 'a community Engine',
    finds: 'engine-edition: fail',
    inject: masking((path, said) => (path === '/status' ? inEngine(said, { edition: 'community' }) : said)),
  },
  {
    fault: 'billing that is not active',
    finds: 'engine-billing: fail',
    inject: masking((path, said) => (path === '/status' ? inEngine(said, { billingActive: false }) : said)),
  },
  {
    fault: 'an Engine from before the hostssl line',
    finds: 'engine-version: warn',
    inject: masking((path, said) =>
      path === '/healthz' ? { ...said, version: 'v4.0.3-20250101-0000' } : said,
    ),
  },
  {
    fault: 'a proxy that is not there',
    finds: 'proxy-reachable: fail',
    inject: () => ({ args: ['--teleport-proxy', '127.0.0.1:1'] }),
  },
  {
    fault: 'a web certificate that nobody trusts',
    finds: 'proxy-reachable: fail',
    inject: () => {
      const file = host.at('/other-ca.pem');
      writeFileSync(file, host.teleport.clientCaPem);
      return { args: ['--teleport-ca-file', file] };
    },
  },
  {
    fault: 'no identity file',
    finds: 'identity-file: fail',
    inject: async () => {
      rmSync(host.at(IDENTITY));
      return { undo: () => host.renewIdentity() };
    },
  },
  {
    fault: 'a half-written identity file',
    finds: 'identity-file: fail',
    inject: edited(IDENTITY, (text) => text.slice(0, 600), 0o600),
  },
  {
    fault: "the bot's own identity",
    finds: 'identity-kind: fail',
    inject: async () => {
      const request = { user: 'bot-dblab-sidecar', roles: ['bot-dblab-sidecar'], ttlMs: 24 * 3_600_000 };
      await host.teleport.issueIdentity({ file: host.at(IDENTITY), ...request });
      return { undo: () => host.renewIdentity() };
    },
  },
  {
    fault: 'an expired identity',
    finds: 'identity-expiry: fail',
    inject: async () => {
      await host.teleport.issueIdentity({ file: host.at(IDENTITY), ttlMs: -1000 });
      return { undo: () => host.renewIdentity() };
    },
  },
  {
    fault: 'an identity that nobody renews',
    finds: 'identity-expiry: warn',
    inject: async () => {
      await host.teleport.issueIdentity({ file: host.at(IDENTITY), ttlMs: 600_000 });
      return { undo: () => host.renewIdentity() };
    },
  },
  {
    fault: 'an identity that others can read',
    finds: 'identity-mode: warn',
    inject: () => {
      chmodSync(host.at(IDENTITY), 0o644);
      return { undo: () => chmodSync(host.at(IDENTITY), 0o600) };
    },
  },
  {
    fault: "an identity that the sidecar's user cannot read",
    finds: 'identity-owner: fail',
    inject: edited('/etc/passwd', (text) =>
      text.replace(/^dblab-teleport:x:\d+:\d+/m, 'dblab-teleport:x:64000:64000'),
    ),
  },
  {
    fault: 'an identity of another cluster',
    finds: 'identity-cluster: fail',
    inject: async () => {
      const other = await startSandboxTeleport({ clusterName: 'elsewhere' });
      await other.issueIdentity({ file: host.at(IDENTITY), ttlMs: 24 * 3_600_000 });
      return {
        async undo() {
          await other.close();
          await host.renewIdentity();
        },
      };
    },
  },
  {
    fault: 'an identity that the cluster does not know any more',
    finds: 'teleport-transport: fail',
    inject: async () => {
      const other = await startSandboxTeleport();
      await other.issueIdentity({ file: host.at(IDENTITY), ttlMs: 24 * 3_600_000 });
      return {
        async undo() {
          await other.close();
          await host.renewIdentity();
        },
      };
    },
  },
  {
    fault: 'a role that may not write databases',
    finds: 'role-databases: fail',
    inject: role({
      rules: [
        { resources: ['app'], verbs: ['*'] },
        { resources: ['db_service'], verbs: ['*'] },
      ],
    }),
  },
  {
    fault: "the guide's role, which has no app_labels",
    finds: 'role-apps: fail',
    inject: role({ appLabels: {} as never }),
  },
  {
    fault: 'an agent without db_service',
    finds: 'agent-config: fail',
    inject: edited('/etc/teleport.yaml', (text) =>
      text.replace(/db_service:\n {2}enabled: true/, 'db_service:\n  enabled: false'),
    ),
  },
  {
    fault: 'an agent without app_service',
    finds: 'app-agent-config: fail',
    inject: edited('/etc/teleport.yaml', (text) => text.slice(0, text.indexOf('app_service:'))),
  },
  {
    fault: 'an Auth service that is on by mistake',
    finds: 'local-auth-service: warn',
    inject: edited('/etc/teleport.yaml', (text) =>
      text.replace('auth_service:\n  enabled: "no"', 'auth_service:\n  enabled: "yes"'),
    ),
  },
  {
    fault: 'no agent that matches',
    finds: 'agent-matches: fail',
    inject: agent({ resources: [{ dblab: ['true'], environment: ['test'] }] }),
  },
  {
    fault: 'an agent of another host that matches everything',
    finds: 'agent-too-broad: warn, agent-host: fail',
    inject: () => {
      host.teleport.addAgent({ hostId: 'other', hostname: 'other-host', resources: [{ '*': ['*'] }] });
      return { undo: () => host.teleport.removeAgent('other') };
    },
  },
  {
    fault: 'only an agent of another host',
    finds: 'agent-host: fail',
    inject: () => {
      agent({});
      host.teleport.removeAgent(HOST_ID);
      const resources = [{ dblab: ['true'], environment: ['prod'] }];
      host.teleport.addAgent({ hostId: 'other', hostname: 'other-host', resources, appResources: resources });
      return {
        undo() {
          host.teleport.removeAgent('other');
          host.startAgent();
        },
      };
    },
  },
  {
    fault: 'a server.yml that is no YAML',
    finds: 'server-yml-file: fail',
    inject: edited('/srv/server.yml', (text) => `${text}\n  - ]`, 0o600),
  },
  {
    fault: 'an anchor that is defined twice',
    finds: 'server-yml-anchors: fail',
    inject: edited(
      '/srv/server.yml',
      (text) => `${text}databaseConfigs2: &db_configs\n  configs: {}\n`,
      0o600,
    ),
  },
  {
    fault: 'TLS settings that are missing in server.yml',
    finds: 'server-yml-ssl: fail',
    inject: edited('/srv/server.yml', (text) => text.replace(/ {4}ssl_ca_file: .*\n/, ''), 0o600),
  },
  {
    fault: 'certificates that are not mounted into clones',
    finds: 'server-yml-mount: fail',
    inject: edited('/srv/server.yml', (text) => text.replace(/ {4}volume: .*\n/, ''), 0o600),
  },
  {
    fault: 'promotion that is off in physical mode',
    finds: 'server-yml-promotion: fail',
    inject: edited(
      '/srv/server.yml',
      (text) =>
        text
          .replace('[logicalDump, logicalRestore, logicalSnapshot]', '[physicalRestore, physicalSnapshot]')
          .replace('    logicalSnapshot:', '    physicalSnapshot:'),
      0o600,
    ),
  },
  {
    fault: 'no certificate',
    finds: 'certificate-files: fail',
    inject: () => {
      const before = host.read(`${CERTS}/server.crt`);
      rmSync(host.at(`${CERTS}/server.crt`));
      return { undo: () => host.write(`${CERTS}/server.crt`, before) };
    },
  },
  {
    fault: 'a key of another certificate',
    finds: 'certificate-files: fail',
    inject: edited(`${CERTS}/server.key`, () => 'no key', 0o600),
  },
  {
    fault: 'a key of the wrong owner',
    finds: 'certificate-owner: fail',
    inject: () => ({ args: ['--postgres-uid', '64001'] }),
  },
  {
    fault: 'a key that others can read',
    finds: 'certificate-modes: fail',
    inject: () => {
      chmodSync(host.at(`${CERTS}/server.key`), 0o644);
      return { undo: () => chmodSync(host.at(`${CERTS}/server.key`), 0o600) };
    },
  },
  {
    fault: 'an authority of another cluster',
    finds: 'teleport-ca-file: fail',
    inject: edited(`${CERTS}/teleport-ca.crt`, () => host.teleport.webCaPem),
  },
  {
    fault: "a stranger's database of the same name",
    finds: 'name-conflicts: fail',
    inject: async () => {
      const [ours] = host.teleport.databases();
      const name = ours?.metadata.name ?? '';
      const put = (labels: Record<string, string>) =>
        host.teleport.put({ kind: 'db', version: 'v3', metadata: { name, labels }, spec: ours?.spec });
      put({ team: 'others' });
      await eventually(() => host.teleport.cached('db')[0]?.metadata.labels['team'] === 'others');
      return {
        async undo() {
          host.teleport.remove('db', name);
          await eventually(() => host.teleport.cached('db').length === 0);
          await register();
        },
      };
    },
  },
  {
    fault: 'leftovers of an environment that is gone',
    finds: 'leftovers: warn',
    inject: async () => {
      const labels = { dblab: 'true', environment: 'old', dblab_instance: 'old', clone_id: 'x' };
      const metadata = { name: 'dblab-clone-old-x-7000', labels };
      const spec = { protocol: 'postgres', uri: '127.0.0.1:7000', tls: { mode: 2 } };
      host.teleport.put({ kind: 'db', version: 'v3', metadata, spec });
      await eventually(() => host.teleport.cached('db').length === 2);
      return {
        async undo() {
          host.teleport.remove('db', metadata.name);
          await eventually(() => host.teleport.cached('db').length === 1);
        },
      };
    },
  },
  {
    fault: 'localhost for 127.0.0.1',
    finds: 'clone-host: warn',
    inject: () => ({ args: ['--clone-host', 'localhost'] }),
  },
  {
    fault: 'clones at another address only',
    finds: 'clone-host: fail',
    inject: edited(
      '/srv/server.yml',
      (text) => text.replace('cloneAccessAddresses: "127.0.0.1"', 'cloneAccessAddresses: "10.0.0.5"'),
      0o600,
    ),
  },
  {
    fault: 'a clone whose container has stopped',
    finds: 'clone-port: fail',
    inject: masking((path, said) => (path === '/status' ? atPort(said, '1') : said)),
  },
  {
    fault: 'a clone of a snapshot from before the TLS settings',
    finds: 'snapshot-age: fail',
    inject: cloneWith({ ssl: 'off' }),
  },
  {
    fault: 'a clone without TLS, where nobody can see why',
    finds: 'clone-tls: fail',
    inject: async () => ({ ...(await cloneWith({ ssl: 'off' })()), args: ['--server-yml', '/none'] }),
  },
  {
    fault: 'a clone without ssl_ca_file',
    finds: 'clone-authority: fail',
    inject: cloneWith({ ssl_ca_file: '' }),
  },
  {
    fault: 'a pg_hba.conf that asks for passwords first',
    finds: 'clone-pg-hba: fail',
    inject: () => {
      const file = host.at('/pg_hba.conf');
      writeFileSync(
        file,
        'local all all trust\nhost all all 0.0.0.0/0 md5\nhostssl all all 0.0.0.0/0 cert\n',
        { mode: 0o644 },
      );
      return cloneWith({ hba_file: file })();
    },
  },
  {
    fault: 'a pg_hba.conf from before the hostssl line',
    finds: 'clone-pg-hba: fail',
    inject: () => {
      const file = host.at('/pg_hba.conf');
      writeFileSync(file, 'local all all trust\nhostnossl all all 0.0.0.0/0 md5\n', { mode: 0o644 });
      return cloneWith({ hba_file: file })();
    },
  },
  {
    fault: 'a secret in the process list',
    finds: 'secrets-in-arguments: fail',
    inject: () => {
      host.write('/proc/4242/cmdline', 'dblab\0teleport\0serve\0--dblab-token\0secret\0');
      return { undo: () => rmSync(host.at('/proc'), { recursive: true }) };
    },
  },
  {
    fault: "the guide's unit, with secrets in ExecStart",
    finds: 'secrets-in-unit: fail',
    inject: edited('/etc/systemd/system/dblab-teleport-sidecar.service', (text) =>
      text.replace('teleport serve', `teleport serve \\\n  --dblab-token $${'{DBLAB_TOKEN}'}`),
    ),
  },
  {
    fault: 'a file with secrets that others can read',
    finds: 'secrets-file-mode: fail',
    inject: () => {
      chmodSync(host.at(ENV), 0o644);
      return { undo: () => chmodSync(host.at(ENV), 0o600) };
    },
  },
  {
    fault: 'no sidecar',
    finds: 'sidecar-running: fail',
    inject: () => ({ args: ['--status-addr', '127.0.0.1:1'] }),
  },
  {
    fault: 'the sidecar of another environment',
    finds: 'sidecar-running: fail',
    inject: saying({ environment: 'test' }),
  },
  {
    fault: 'no webhook',
    finds: 'webhook-configured: warn',
    inject: edited('/srv/server.yml', (text) => text.slice(0, text.indexOf('webhooks:')), 0o600),
  },
  {
    fault: 'a webhook that is not sent for deletions',
    finds: 'webhook-configured: warn',
    inject: edited('/srv/server.yml', (text) => text.replace(', clone_delete', ''), 0o600),
  },
  {
    fault: 'a webhook to localhost',
    finds: 'webhook-address: fail',
    inject: edited('/srv/server.yml', (text) => text.replace('172.17.0.1', 'localhost'), 0o600),
  },
  {
    fault: 'a webhook in plain, though the sidecar is set to TLS, and a sidecar that was not restarted since',
    finds: 'webhook-address: fail, webhook-delivery: fail',
    inject: edited(
      ENV,
      (text) => `${text}DBLAB_TELEPORT_TLS_CERT=/c.pem\nDBLAB_TELEPORT_TLS_KEY=/k.pem\n`,
      0o600,
    ),
  },
  {
    fault: 'a webhook with another secret',
    finds: 'webhook-secret: fail',
    inject: edited('/srv/server.yml', (text) => text.replace(/secret: .*/, 'secret: other'), 0o600),
  },
  {
    fault: 'a sidecar that was started with another secret',
    finds: 'webhook-secret: fail, webhook-delivery: fail',
    inject: () => ({ args: ['--webhook-secret', 'newer'] }),
  },
  {
    fault: 'a sidecar that is not in step',
    finds: 'sidecar-in-step: fail',
    inject: saying({ ready: false, troubles: ['Something is held.'] }),
  },
];

/** Of the faults of these, tests beside the checks tell: no stand-in has them. */
const ELSEWHERE = [
  ...['proxy-version', 'clock-skew', 'tls-routing', 'tctl-version'],
  ...['agent-serves-clones', 'agent-serves-app', 'webhook-from-engine'],
];

test('every check has a fault', () => {
  const found = FAULTS.flatMap(({ finds }) => finds.split(', ').map((it) => it.split(':')[0] ?? ''));
  const ids = CHECKS.map(({ id }) => id);
  expect([...new Set([...found, ...ELSEWHERE])].sort()).toEqual(ids.sort());
});

test('nothing is reported on a healthy installation', async () => {
  const found = await doctor();
  expect(found.filter(({ verdict }) => verdict !== 'pass').map(({ id }) => id)).toEqual([
    'webhook-from-engine',
  ]);
  expect(found.map(({ id }) => id)).toEqual(CHECKS.map(({ id }) => id));
});

describe('one fault at a time is found by the check that names it', () => {
  it.each(FAULTS)('$fault: $finds', async ({ finds, inject }) => {
    const { args = [], undo } = await inject();
    try {
      const { stdout, exit } = await host.dblab('doctor', '--json', ...args);
      const found: Verdict[] = JSON.parse(stdout).checks;
      expect(wrong(found).join(', ')).toBe(finds);
      expect(exit).toBe(finds.includes('fail') ? 1 : 0);
      for (const { verdict, cure, evidence } of found) {
        if (verdict === 'warn') expect(cure).toBeTruthy();
        expect(evidence).not.toContain(SECRET);
      }
    } finally {
      await undo?.();
    }
  });

  it('a role that may not see agents: they are not judged, and what lacks is named', async () => {
    const [forDatabases = { resources: [], verbs: [] }] = BOT.rules;
    const { undo } = role({ rules: [forDatabases] })();
    try {
      const found = await doctor('--admin-identity', host.at('/none'));
      expect(found.find(({ id }) => id === 'agent-matches')).toMatchObject({
        verdict: 'skipped',
        evidence: expect.stringMatching(/^Neither the bot \(db_service: list, read\) nor an administrator/),
      });
    } finally {
      await undo?.();
    }
  });

  it('leaves a healthy installation behind', async () => {
    expect(wrong(await doctor())).toEqual([]);
  });
});

function asItIs(_path: string, said: Record<string, unknown>): Record<string, unknown> {
  return said;
}

function inEngine(said: Record<string, unknown>, put: object): Record<string, unknown> {
  return { ...said, engine: { ...Object(said['engine']), ...put } };
}

function atPort(said: Record<string, unknown>, port: string): Record<string, unknown> {
  const cloning = Object(said['cloning']);
  const clones = cloning.clones.map((clone: { db: object }) => ({ ...clone, db: { ...clone.db, port } }));
  return { ...said, cloning: { ...cloning, clones } };
}

/** Answers as the Engine does, and as the mask wants it. */
async function masked(engineUrl: string): Promise<string> {
  const server = createServer(async (request, response) => {
    const token = String(request.headers['verification-token'] ?? '');
    const answer = await fetch(`${engineUrl}${request.url}`, { headers: { 'verification-token': token } });
    const text = await answer.text();
    const body = answer.ok ? JSON.stringify(mask(request.url ?? '', JSON.parse(text))) : text;
    response.writeHead(answer.status, { 'content-type': 'application/json', connection: 'close' }).end(body);
  }).listen(0, '127.0.0.1');
  onEnd(() => server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The sidecar's two faces, and the flags that name them. */
async function openFaces(): Promise<readonly string[]> {
  const address = { host: '0.0.0.0', port: 0 };
  const parts = { log: silentLog, clock: systemClock, flag: 'listen-addr', onHint: () => {} };
  const webhook = await serveWebhook({ ...parts, address, secrets: [new Secret(SECRET)] });
  onEnd(() => webhook.close());
  const nothing = { lookedAt: '2026-01-02T03:04:05.000Z', app: 'registered', clones: [], troubles: [] };
  sidecar = { isOpen: true, status: { environment: 'prod', transport: 'api', ready: true, ...nothing } };
  const status = createServer((_request, response) => response.end(JSON.stringify(sidecar.status)));
  status.listen(0, '127.0.0.1');
  onEnd(() => status.close());
  await once(status, 'listening');
  const port = (status.address() as AddressInfo).port;
  return ['--listen-addr', `0.0.0.0:${webhook.address.port}`, '--status-addr', `127.0.0.1:${port}`];
}
