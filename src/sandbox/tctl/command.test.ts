import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { Agent } from '../teleport/agent.ts';
import { describeAgent } from '../teleport/agent.ts';
import type { Cluster } from '../teleport/auth.ts';
import { noCounts, Session } from '../teleport/auth.ts';
import type { TeleportVersion } from '../teleport/document.ts';
import type { Role } from '../teleport/role.ts';
import { presetRoles } from '../teleport/role.ts';
import { parseDocument } from '../teleport/rules.ts';
import { Store } from '../teleport/store.ts';
import { run } from './command.ts';
import { database } from './recorded-cases.ts';

const NO_LAG = { minMs: 0, maxMs: 0 };

interface Setting {
  readonly version?: TeleportVersion;
  readonly agents?: readonly Agent[];
  readonly role?: Partial<Role>;
}

/** A cluster without lag, and tctl as somebody with the bot's role or what the setting makes of it. */
function newCluster({ version = '18.0.0', agents = [], role = {} }: Setting = {}) {
  const clock = new FakeClock();
  const store = new Store({ clock, version, cacheLag: NO_LAG, agentDelayMs: 0 });
  const roles = presetRoles();
  const bot = roles.get('dblab-bot') ?? { dbLabels: {}, appLabels: {}, rules: [] };
  const setRole = (changed: Partial<Role>) => roles.set('dblab-bot', { ...bot, ...changed });
  setRole(role);
  const cluster: Cluster = {
    version,
    store,
    roles,
    users: new Map(),
    agents: new Map(agents.map((agent) => [agent.hostId, agent])),
    counters: noCounts(),
  };
  const tctl = (args: string[], stdin = '', as = 'dblab-bot') => {
    const answer = run(
      { args, stdin, identity: { state: 'read', certificate: as } },
      {
        version,
        now: () => clock.now(),
        authenticate: (role) => new Session(cluster, { name: `bot-${role}`, roles: [role] }),
      },
    );
    return { ...answer, stderr: answer.stderr.replace('\u001b[31mERROR: \u001b[0m', '').trimEnd() };
  };
  const put = (document: object) => store.put(parseDocument(document), 'stranger');
  return { store, put, setRole, tctl };
}

const app =
  'kind: app\nmetadata: {name: dblab-api-prod, labels: {dblab: "true"}}\nspec: {uri: "http://h:1"}\n';
const withLabels = (name: string, labels: Record<string, string>) => ({
  kind: 'db',
  metadata: { name, labels },
  spec: { protocol: 'postgres', uri: 'h:1' },
});

describe("the guide's role, which lacks app_labels", () => {
  it('registers databases and is denied the app', () => {
    const { tctl } = newCluster({ role: { appLabels: {} } });
    expect(tctl(['create', '-f'], database('a')).exit).toBe(0);
    expect(tctl(['create', '-f'], app)).toEqual({
      exit: 1,
      stdout: '',
      stderr: 'access to app denied. User does not have permissions.',
    });
    expect(tctl(['rm', 'app/dblab-api-prod']).stderr).toBe('"app" "dblab-api-prod" does not exist');
  });

  it('may register the app as soon as the role has them', () => {
    const { setRole, tctl } = newCluster({ role: { appLabels: {} } });
    setRole({});
    expect(tctl(['create', '-f'], app).exit).toBe(0);
  });
});

describe('a role that covers some labels only', () => {
  const role = { dbLabels: { dblab: ['true'] } };

  it('does not see the others in lists, nor can it tell them from none', () => {
    const { put, tctl } = newCluster({ role });
    put(withLabels('hidden', { dblab: 'false' }));
    expect(tctl(['get', 'db', '--format=json']).stdout).toBe('[]');
    expect(tctl(['rm', 'db/hidden']).stderr).toBe('database "hidden" not found');
  });

  it('is told that a name is taken, and may not overwrite it', () => {
    const { put, store, tctl } = newCluster({ role });
    put(withLabels('taken', { dblab: 'false' }));
    expect(tctl(['create'], database('taken')).stderr).toContain('database "taken" already exists');
    expect(tctl(['create', '-f'], database('taken')).stderr).toBe(
      'access to db denied. User does not have permissions. Confirm database user and name.',
    );
    expect(store.history()).toHaveLength(1);
  });

  it('may neither create nor update out of its labels', () => {
    const { store, tctl } = newCluster({ role });
    const outside = database('a').replace('dblab: "true"', 'dblab: "no"');
    expect(tctl(['create', '-f'], outside).stderr).toContain('access to db denied');
    expect(tctl(['create', '-f'], database('a')).exit).toBe(0);
    expect(tctl(['create', '-f'], outside).stderr).toContain('access to db denied');
    expect(store.get('backend', 'db', 'a')?.metadata.labels['dblab']).toBe('true');
  });
});

describe('a role without a verb', () => {
  const without = (verb: string): Partial<Role> => ({
    rules: [{ resources: ['db', 'app'], verbs: ['create', 'update', 'delete'].filter((it) => it !== verb) }],
  });

  it.each([
    { verb: 'create', args: ['create', '-f'], stdin: database('new') },
    { verb: 'update', args: ['create', '-f'], stdin: database('there') },
    { verb: 'delete', args: ['rm', 'db/there'], stdin: '' },
  ])('is denied to $verb', ({ verb, args, stdin }) => {
    const { put, store, tctl } = newCluster({ role: without(verb) });
    put(withLabels('there', { dblab: 'true' }));
    expect(tctl(args, stdin)).toEqual({
      exit: 1,
      stdout: '',
      stderr: `access denied to perform action "${verb}" on "db"`,
    });
    expect(store.history()).toHaveLength(1);
  });
});

describe('tctl get', () => {
  it('shows a whole database document, as this version does', () => {
    for (const version of ['18.0.0', '15.1.4'] as const) {
      const { tctl } = newCluster({ version });
      tctl(['create'], database('a').replace('clone_id: x', 'clone_id: x, a: b'));
      const [document] = JSON.parse(tctl(['get', 'db/a', '--format=json']).stdout);
      expect(Object.keys(document)).toEqual(['kind', 'version', 'metadata', 'spec', 'status']);
      expect(document.metadata.labels).toEqual({
        a: 'b',
        clone_id: 'x',
        dblab: 'true',
        environment: 'prod',
        'teleport.dev/origin': 'dynamic',
      });
      expect(Object.keys(document.metadata.labels)).toEqual(Object.keys(document.metadata.labels).sort());
      expect(document.spec).toMatchObject({ protocol: 'postgres', uri: '127.0.0.1:6000', tls: { mode: 2 } });
      expect('docdb' in document.spec.aws).toBe(version === '18.0.0');
      expect('id' in document.metadata).toBe(version === '15.1.4');
    }
  });

  it('gives back what the document said beyond what we set', () => {
    const { tctl } = newCluster();
    const document = `${database('a').trimEnd().slice(0, -1)}, admin_user: {name: root}, mysql: {server_version: "8"}}\n`;
    tctl(['create'], document.replace('metadata:', 'metadata:\n  description: by hand'));
    const [got] = JSON.parse(tctl(['get', 'db', '--format=json']).stdout);
    expect(got.metadata.description).toBe('by hand');
    expect(got.spec).toMatchObject({ admin_user: { name: 'root' }, mysql: { server_version: '8' } });
  });

  it('shows several kinds as YAML documents only', () => {
    const { tctl } = newCluster();
    tctl(['create'], `${database('a')}---\n${app}`);
    const documents = tctl(['get', 'db,app']).stdout.split('---\n');
    expect(documents.map((document) => parse(document).kind)).toEqual(['db', 'app']);
    for (const format of ['json', 'text'])
      expect(tctl(['get', 'db,app', `--format=${format}`])).toEqual({
        exit: 1,
        stdout: '',
        stderr: 'mixed resource types only support YAML formatting',
      });
  });

  it('shows nothing as an empty list', () => {
    const { tctl } = newCluster();
    expect(tctl(['get', 'db,app']).stdout).toBe('[]\n');
    expect(tctl(['get', 'app', '--format=json']).stdout).toBe('[]');
  });

  it('writes YAML that is read back the same, whatever a label holds', () => {
    const { put, tctl } = newCluster();
    const labels = {
      a: 'yes',
      b: '010',
      c: 'x: y # z',
      d: '"\n---\n\\',
      e: `${'long '.repeat(40)}end`,
      f: '',
    };
    put(withLabels('hostile', labels));
    const [read] = [...tctl(['get', 'db']).stdout.split(/^---\n/m)].map((it) =>
      parse(it, { version: '1.1' }),
    );
    expect(read.metadata.labels).toEqual(labels);
  });

  it('prints a table where text is asked for', () => {
    const { tctl } = newCluster();
    tctl(['create'], database('a'));
    const lines = tctl(['get', 'db', '--format=text']).stdout.split('\n');
    expect(lines.map((line) => line.trimEnd())).toEqual([
      'Name Protocol URI            Labels',
      '---- -------- -------------- --------------------------------------',
      'a    postgres 127.0.0.1:6000 clone_id=x,dblab=true,environment=prod',
      '',
    ]);
  });

  it.each([
    [['get', 'database'], 'unsupported resource: "database"'],
    [['get', 'db', '--format=xml'], 'unsupported format "xml"'],
    [['get', 'db_service'], 'access denied to perform action "list" on "db_service"'],
    [['get', '--colour'], "Unknown option '--colour'"],
    [['rm', 'db'], 'provide a full resource name to delete'],
    [['rm', 'role/x'], 'deleting resources of type "role" is not supported'],
    [['launch'], 'expected command but got "launch"'],
  ])('%j is refused', (args, text) => {
    expect(newCluster().tctl(args)).toMatchObject({
      exit: 1,
      stdout: '',
      stderr: expect.stringContaining(text),
    });
  });
});

describe('the agents of a cluster', () => {
  const agents = [
    describeAgent({ hostname: 'one', hostId: 'id-1' }),
    describeAgent({
      hostname: 'two',
      hostId: 'id-2',
      resources: [{ dblab: ['true'], environment: ['test'] }],
    }),
    describeAgent({ hostname: 'all', hostId: 'id-3', resources: [{ '*': ['*'] }], health: 'unhealthy' }),
  ];

  it('serve the databases that they match, each with an entry of its own', () => {
    const { tctl } = newCluster({ agents });
    tctl(['create'], database('a'));
    const servers: { spec: { hostname: string; host_id: string; database: object } }[] = JSON.parse(
      tctl(['get', 'db_server', '--format=json']).stdout,
    );
    expect(servers.map(({ spec }) => `${spec.hostname} ${spec.host_id}`)).toEqual(['one id-1', 'all id-3']);
    expect(servers[0]?.spec.database).toMatchObject({ kind: 'db', metadata: { name: 'a' } });
  });

  it('tell how the database does from 18 on', () => {
    const health = (version: TeleportVersion) => {
      const { tctl } = newCluster({ agents, version });
      tctl(['create'], database('a'));
      const servers: { status?: { target_health: { status: string } } }[] = JSON.parse(
        tctl(['get', 'db_server', '--format=json']).stdout,
      );
      return servers.map(({ status }) => status?.target_health.status);
    };
    expect(health('18.0.0')).toEqual(['healthy', 'unhealthy']);
    expect(health('15.1.4')).toEqual([undefined, undefined]);
  });

  it('are shown to an admin with the labels that they match', () => {
    const { tctl } = newCluster({ agents });
    const got = JSON.parse(tctl(['get', 'db_services', '--format=json'], '', 'admin').stdout);
    expect(got[0]).toMatchObject({
      kind: 'db_service',
      metadata: { name: 'id-1' },
      spec: { hostname: 'one', resources: [{ labels: { dblab: ['true'] } }] },
    });
  });

  it('are hidden where the role does not cover the database', () => {
    const { tctl } = newCluster({ agents, role: { dbLabels: { dblab: ['no'] } } });
    tctl(['create'], database('a'), 'admin');
    expect(tctl(['get', 'db_server', '--format=json']).stdout).toBe('[]');
  });
});

describe('the origin of a document', () => {
  const origin = (kind: 'db' | 'app', setting: ReturnType<typeof newCluster>) =>
    setting.store.list('backend', kind)[0]?.metadata.labels['teleport.dev/origin'];

  it('is dynamic for every database, whatever it says', () => {
    const setting = newCluster();
    setting.tctl(['create'], database('a').replace('dblab:', 'teleport.dev/origin: cloud, dblab:'));
    expect(origin('db', setting)).toBe('dynamic');
  });

  it('is kept for an app that says one', () => {
    const setting = newCluster();
    setting.tctl(['create'], app.replace('dblab:', 'teleport.dev/origin: okta, dblab:'));
    expect(origin('app', setting)).toBe('okta');
  });
});
