import { describe, expect, it } from 'vitest';
import { Secret } from '../../lib/secret.ts';
import { readServerYml } from '../../site/server-yml.ts';
import type { Site } from '../../site/site.ts';
import { readTeleportYaml } from '../../site/teleport-yaml.ts';
import { editYaml } from '../../yaml/edit.ts';
import { editsFor as agentEdits } from './agent.ts';
import { widened } from './roles.ts';
import { editsFor as engineEdits } from './server-yml.ts';

const CONFIG = {
  environmentId: 'prod',
  proxy: 'teleport.example.com:443',
  app: { uri: 'http://localhost:2345', insecureSkipVerify: false },
  certsFolder: '/etc/dblab/certs',
  webhookHost: '172.17.0.1',
  listen: { host: '0.0.0.0', port: 9876 },
  webhookSecrets: [new Secret('the-secret')],
} as unknown as Site['config'];

const engine = (text: string, config: object = {}) =>
  editYaml(text, engineEdits(readServerYml(text), { ...CONFIG, ...config }));
const agent = (text: string, config: object = {}) =>
  editYaml(text, agentEdits(readTeleportYaml(text), { ...CONFIG, ...config }));

describe("the Engine's server.yml", () => {
  it('in physical mode gets its settings and promotion in the job that takes snapshots', () => {
    const before = `provision: {containerConfig: {"shm-size": 1gb}} # small
retrieval:
  jobs: [physicalRestore, physicalSnapshot]
  spec:
    physicalSnapshot:
      options:
        promotion:
          enabled: false # for speed
`;
    const after = engine(before);
    expect(after).toContain(
      'containerConfig: {"shm-size": 1gb, volume: "/etc/dblab/certs:/var/lib/postgresql/cert:ro"}} # small',
    );
    expect(after).toContain('          enabled: true # for speed\n');
    expect(readServerYml(after)).toMatchObject({ isPromoted: true, settings: { ssl: 'on' } });
    expect(engine(after)).toBe(after);
  });

  it('sends webhooks over TLS where the sidecar takes them so, and in plain where it does not', () => {
    const url = (text: string) => readServerYml(text).hooks[0]?.url;
    const tls = { cert: '/c.pem', key: '/k.pem' };
    const plain = engine('global: {}\n');
    expect(url(plain)).toBe('http://172.17.0.1:9876/teleport-sync');
    const encrypted = engine(plain, { tls });
    expect(url(encrypted)).toBe('https://172.17.0.1:9876/teleport-sync');
    expect(engine(encrypted, { tls })).toBe(encrypted);
    expect(url(engine(encrypted))).toBe(url(plain));
  });

  it('keeps a hook of somebody else, and mends its own', () => {
    const before = `webhooks:
  hooks:
    - url: https://chat.example.com/x
      secret: theirs
      trigger: [clone_create]
    - url: "http://localhost:9876/teleport-sync" # inside it is the container
      secret: old
      trigger:
        - clone_create
`;
    expect(readServerYml(engine(before)).hooks).toEqual([
      { url: 'https://chat.example.com/x', secret: 'theirs', triggers: ['clone_create'] },
      {
        url: 'http://172.17.0.1:9876/teleport-sync',
        secret: 'the-secret',
        triggers: ['clone_create', 'clone_delete', 'clone_reset'],
      },
    ]);
  });

  it('leaves a secret alone that the Engine takes from a variable', () => {
    const secret = '$' + '{HOOK_SECRET}';
    const before = `webhooks: {hooks: [{url: "http://172.17.0.1:9876/teleport-sync", secret: "${secret}", trigger: [clone_create, clone_delete, clone_reset]}]}\n`;
    expect(readServerYml(engine(before)).hooks[0]?.secret).toBe(secret);
  });

  it('takes settings that are there in other words or other places', () => {
    const before = `databaseConfigs: {configs: {ssl: yes, ssl_cert_file: /a, ssl_key_file: /b, ssl_ca_file: /c}}\n`;
    expect(readServerYml(engine(before)).settings).toEqual({
      ssl: 'yes',
      ssl_cert_file: '/a',
      ssl_key_file: '/b',
      ssl_ca_file: '/c',
    });
  });
});

describe("the agent's teleport.yaml", () => {
  it('for Teleport Cloud has no Auth service and no proxy of its own', () => {
    const before = 'teleport:\n  nodename: x # mine\nproxy_service:\n  enabled: "yes"\n';
    const after = readTeleportYaml(agent(before, { proxy: 'acme.teleport.sh:443' }));
    expect(after).toMatchObject({ isAuth: false, isProxy: false });
    expect(readTeleportYaml(agent(before))).toMatchObject({ isAuth: true, isProxy: true });
  });

  it('keeps what it serves, and adds what is missing', () => {
    const before = `db_service:
  enabled: "yes"
  resources:
  - labels:
      team: billing   # theirs
  databases:
  - name: static
`;
    const after = agent(before);
    expect(after).toContain('      team: billing   # theirs\n');
    expect(readTeleportYaml(after).databases.matchers).toEqual([
      { team: ['billing'] },
      { dblab: ['true'], environment: ['prod'] },
    ]);
    expect(agent(after)).toBe(after);
  });

  it("takes the guide's matcher, which is broader", () => {
    const before = 'db_service:\n  enabled: true\n  resources:\n    - labels:\n        dblab: "true"\n';
    expect(agent(before, { app: undefined })).toBe(before);
  });
});

describe('a role that is there', () => {
  it('keeps what it has, in its own words, and gains what it lacks', () => {
    const there = {
      spec: { allow: { db_labels: { env: 'x' }, logins: ['root'], rules: [1] }, deny: { rules: [2] } },
    };
    const wanted = { spec: { allow: { db_labels: { '*': '*' }, rules: [1, 3], app_labels: { a: 'b' } } } };
    expect(widened(there, wanted)).toEqual({
      spec: {
        allow: { db_labels: { env: 'x', '*': '*' }, logins: ['root'], rules: [1, 3], app_labels: { a: 'b' } },
        deny: { rules: [2] },
      },
    });
  });
});
