import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { openCloneDatabases } from '../../src/sandbox/postgres/postgres.ts';
import { environmentOf } from '../../src/site/units.ts';
import { dblab } from '../../src/testing/command-line.ts';
import { SERVER_YML } from '../program/installation.ts';
import { onTestEnd, openEngine, SECRET, startSidecar, TOKEN, TRIGGERS } from '../program/world.ts';
import { describeReal, useCluster } from './cluster.ts';
import { inTheEnd } from './world.ts';

const truth = useCluster();
const IDENTITY = '/etc/dblab/teleport-identity-dir/identity';

describeReal('dblab teleport setup', () => {
  it('leads from a clean directory to a query through tsh and the agent, with no hand step between', async () => {
    await truth().clear();
    const { cluster } = truth();
    const root = await mkdtemp(join(tmpdir(), 'dblab-real-site-'));
    onTestEnd(() => rm(root, { recursive: true, force: true }));
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    for (const [path, text] of [
      ['/srv/server.yml', SERVER_YML],
      ['/etc/passwd', `dblab-teleport:x:${uid}:${gid}::/:/usr/sbin/nologin\n`],
    ] as const) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const env = {
      PATH: process.env['PATH'] ?? '',
      TELEPORT_CONFIG_FILE: cluster.configFile,
      DBLAB_TOKEN: TOKEN,
      WEBHOOK_SECRET: SECRET,
    };
    const flags = [
      ...['--environment-id', 'prod', '--teleport-proxy', cluster.webAddress],
      ...['--teleport-ca-file', cluster.webCaFile, '--tctl-path', cluster.tctlPath, '--root', root],
      ...[
        '--dblab-url',
        'http://127.0.0.1:2345',
        '--server-yml',
        '/srv/server.yml',
        '--postgres-uid',
        String(uid),
      ],
    ];
    const setup = await dblab(['teleport', 'setup', '--yes', '--identity-by', 'user', ...flags], { env });
    expect(setup).toMatchObject({ exit: 0, stderr: '' });

    const { url, create } = await openClones(join(root, '/etc/dblab/certs/teleport-ca.crt'));
    const variables = environmentOf(readFileSync(join(root, '/etc/dblab-teleport/env'), 'utf8'));
    const anywhere = ['--listen-addr', '127.0.0.1:0', '--status-addr', '127.0.0.1:0', '--dblab-url', url];
    const sidecar = await startSidecar(['teleport', 'serve', ...anywhere], {
      ...variables,
      DBLAB_TELEPORT_IDENTITY: join(root, IDENTITY),
    });
    create(sidecar.webhookUrl);
    let name = '';
    await inTheEnd(async () => {
      [name = ''] = (await truth().databases()).map(({ metadata }) => metadata.name);
      expect(name).toMatch(/^dblab-clone-prod-first-\d+$/);
    });
    const way = await cluster.connect({ name, port: 0, user: 'alice', database: 'postgres' });
    onTestEnd(() => way.close());
    const client = new pg.Client({ host: '127.0.0.1', port: way.port, user: 'alice', database: 'postgres' });
    await client.connect();
    onTestEnd(() => client.end());
    expect((await client.query('select current_user as me')).rows).toEqual([{ me: 'alice' }]);
  });
});

/** An Engine whose clones trust the authority that setup has put into the file. */
async function openClones(authorityFile: string) {
  const clientCa = readFileSync(authorityFile, 'utf8');
  const databases = await openCloneDatabases({ clientCa, clock: systemClock });
  onTestEnd(() => databases.close());
  const engine = await openEngine({ databases, ports: { from: 0, to: 0 } });
  return {
    url: engine.url,
    create(webhookUrl: string) {
      engine.setWebhooks([{ url: webhookUrl, secret: SECRET, trigger: TRIGGERS }]);
      engine.create({ id: 'first', username: 'alice' });
    },
  };
}
