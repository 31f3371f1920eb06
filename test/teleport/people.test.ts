import pg from 'pg';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { openCloneDatabases } from '../../src/sandbox/postgres/postgres.ts';
import { openApi } from '../../src/teleport/api.ts';
import type { TeleportEvent } from '../../src/teleport/event.ts';
import { createAll, destroyAll, onTestEnd } from '../program/world.ts';
import { describeReal, TRANSPORTS, useCluster } from './cluster.ts';
import { inTheEnd, openWorld, type World } from './world.ts';

const truth = useCluster();
const HOUR_MS = 3_600_000;

/** What our API client hears from now on about the databases of that name. */
function hear({ identity }: World, name: string) {
  const { proxyAddress: proxy } = truth().cluster;
  const api = openApi({ proxy, identityFile: identity, clock: systemClock, log: silentLog });
  const stop = new AbortController();
  const heard: TeleportEvent[] = [];
  const end = (async () => {
    for await (const event of api.watch(stop.signal)) {
      if (event.kind === 'opened' || nameOf(event) === name) heard.push(event);
    }
  })();
  onTestEnd(async () => {
    stop.abort();
    await end.catch(() => {});
    await api.close();
  });
  return { heard, served: () => api.served() };
}

function nameOf(event: TeleportEvent): string | undefined {
  if (event.kind === 'put') return event.resource.name;
  return event.kind === 'opened' ? undefined : event.name;
}

describeReal('a colleague', () => {
  it('connects through the agent and reads what is in the clone', async () => {
    const databases = await openCloneDatabases({ clientCa: truth().cluster.clientCaPem, clock: systemClock });
    onTestEnd(() => databases.close());
    const world = await openWorld(truth(), {
      transport: 'api',
      engine: { databases, ports: { from: 0, to: 0 } },
    });
    const sidecar = await world.serve();
    world.engine.create({ id: 'a', username: 'alice' });
    await world.engine.settled('a');
    await world.atRest(sidecar);
    const [name = ''] = await world.names();
    const way = await truth().cluster.connect({ name, port: 0, user: 'alice', database: 'postgres' });
    onTestEnd(() => way.close());
    const client = new pg.Client({
      host: '127.0.0.1',
      port: way.port,
      user: 'alice',
      database: 'postgres',
      ssl: false,
    });
    await client.connect();
    onTestEnd(() => client.end());
    const { rows } = await client.query(
      `SELECT current_user AS me, ssl, (SELECT name FROM customers WHERE id = 1) AS name
       FROM pg_stat_ssl WHERE pid = pg_backend_pid()`,
    );
    expect(rows).toEqual([{ me: 'alice', ssl: true, name: 'Ben Brook' }]);
  });
});

describeReal('the API', () => {
  it('tells of a registration from its creation to its end, and of the agent that serves it', async () => {
    const world = await openWorld(truth(), { transport: 'api' });
    const name = 'dblab-clone-prod-a-6000';
    const { heard, served } = hear(world, name);
    const kinds = () => heard.map(({ kind }) => kind);
    await inTheEnd(() => expect(kinds()).toEqual(['opened']));
    const sidecar = await world.serve();
    await createAll(world.engine, 'a');
    await inTheEnd(() => expect(heard).toContainEqual(expect.objectContaining({ kind: 'serving' })));
    const serving = { of: 'db', name, host: 'localhost', hostId: expect.stringMatching(/^[0-9a-f-]{36}$/) };
    expect(await served()).toContainEqual(expect.objectContaining(serving));
    await destroyAll(world.engine, 'a');
    await inTheEnd(() => expect(kinds()).toEqual(expect.arrayContaining(['put', 'delete', 'not-serving'])));
    expect(sidecar.warnings()).toEqual([]);
  });
});

describeReal.each(TRANSPORTS)('by way of %s', (transport) => {
  const open = () => openWorld(truth(), { transport });

  it('a registration with a lease ends by itself, and without one never', async () => {
    const world = await open();
    const leased = await world.serve('--lease', '2h');
    await createAll(world.engine, 'a');
    await world.atRest(leased);
    for (const { metadata } of await truth().everything()) {
      const left = Date.parse(metadata.expires ?? '') - Date.now();
      expect(left).toBeGreaterThan(HOUR_MS);
      expect(left).toBeLessThanOrEqual(2 * HOUR_MS);
    }
    await leased.stop();
    await world.atRest(await world.serve());
    const documents = await truth().everything();
    expect(documents.map(({ metadata }) => metadata.expires)).toEqual([undefined, undefined]);
  });

  it("Auth is reached through the proxy's web port, whose certificate a file makes known", async () => {
    const world = await open();
    const { webAddress, webCaFile } = truth().cluster;
    const sidecar = await world.serve('--teleport-proxy', webAddress, '--teleport-ca-file', webCaFile);
    await createAll(world.engine, 'a', 'b');
    await world.atRest(sidecar);
    await destroyAll(world.engine, 'a');
    await world.atRest(sidecar);
    expect(sidecar.warnings()).toEqual([]);
  });
});
