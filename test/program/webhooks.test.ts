import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../src/sandbox/teleport/authority.ts';
import { writeCertificate } from '../../src/testing/certificate.ts';
import {
  createAll,
  destroyAll,
  eventually,
  openWorld,
  QUICK,
  SECRET,
  type Sidecar,
  type World,
} from './world.ts';

const quick = (engine = {}) => openWorld({ engine, teleport: { cacheLag: QUICK } });

/** Nothing but webhooks tells of a clone. */
const HINTS_ONLY = ['--poll-interval', '24h', '--reconcile-interval', '24h'];
/** Nothing but the Engine's list does. */
const POLLS_ONLY = ['--poll-interval', '200ms', '--reconcile-interval', '24h'];

async function createAndDestroy(world: World, { log }: Sidecar): Promise<void> {
  // After the first look and the one that confirms it there is no other reason to look again.
  await eventually(() => log.filter((line) => line.includes('"Looked."')).length >= 2);
  await createAll(world.engine, 'a', 'b');
  await eventually(() => world.expectInStep());
  await destroyAll(world.engine, 'a');
  await eventually(() => world.expectInStep());
}

it('an event is all that is needed', async () => {
  const world = await quick();
  await createAndDestroy(world, await world.serve({ args: HINTS_ONLY }));
});

it('no event is needed: the Engine is asked again and again', async () => {
  const world = await quick();
  await createAndDestroy(world, await world.serve({ args: POLLS_ONLY, webhooks: false }));
});

describe('events that go astray', () => {
  it('may arrive in reverse', async () => {
    const world = await quick();
    const sidecar = await world.serve();
    world.engine.faults.webhooks = 'swap';
    await createAll(world.engine, 'a');
    await destroyAll(world.engine, 'a');
    await createAll(world.engine, 'b');
    await destroyAll(world.engine, 'b');
    await createAll(world.engine, 'b');
    await destroyAll(world.engine, 'b');
    await createAll(world.engine, 'c', 'd');
    await world.atRest(sidecar);
    expect(world.databases()).toHaveLength(2);
  });

  it('may arrive twice', async () => {
    const world = await quick();
    const sidecar = await world.serve();
    world.engine.faults.webhooks = 'double';
    await createAll(world.engine, 'a', 'b');
    await world.atRest(sidecar);
    await destroyAll(world.engine, 'a');
    await world.atRest(sidecar);
    const writes = world.teleport.history().filter(({ kind }) => kind === 'db');
    expect(writes.map(({ action }) => action)).toEqual(['create', 'create', 'delete']);
  });

  it('may be lost', async () => {
    const world = await quick();
    const sidecar = await world.serve({ args: POLLS_ONLY });
    world.engine.faults.webhooks = 'drop';
    await createAndDestroy(world, sidecar);
    await world.atRest(sidecar);
  });
});

describe('a forged event', () => {
  it('with the right secret changes nothing: only the Engine is believed', async () => {
    const world = await quick();
    const sidecar = await world.serve();
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    const writes = world.teleport.history().length;
    for (const event of ['clone_create', 'clone_delete', 'clone_reset']) {
      for (const id of ['a', 'unknown', '../a', 'a/../../b', "'; DROP", '\u202Ea', 'x'.repeat(255)]) {
        const body = { event_type: event, entity_id: id, host: '10.6.6.6', port: 5432, username: 'eve' };
        expect(await sidecar.hook(body)).toBe(200);
      }
    }
    await world.atRest(sidecar);
    expect(world.teleport.history()).toHaveLength(writes);
  });

  it('without the secret is refused before anything is read', async () => {
    const world = await quick();
    const sidecar = await world.serve();
    await sidecar.look();
    const runs = world.teleport.counters().tctlRuns;
    const body = { event_type: 'clone_delete', entity_id: 'a' };
    for (const token of ['', 'wrong', SECRET.slice(0, -1), `${SECRET}x`, SECRET.toUpperCase()]) {
      expect(await sidecar.hook(body, token)).toBe(401);
    }
    const bare = await fetch(sidecar.webhookUrl, { method: 'POST', body: JSON.stringify(body) });
    expect(bare.status).toBe(401);
    await eventually(() =>
      sidecar.warnings().some((text) => text.includes('WEBHOOK_SECRET must be the same')),
    );
    expect(world.teleport.counters().tctlRuns - runs).toBeLessThanOrEqual(1);
  });

  it('that is no event is refused, and the next one is heard', async () => {
    const world = await quick();
    const sidecar = await world.serve();
    for (const body of ['', '{', '[]', '"clone_create"', 'null', '{"event_type":"clone_create"}']) {
      expect(await sidecar.hook(body)).toBe(400);
    }
    expect(await sidecar.hook(' '.repeat(1024 * 1024 + 1))).toBe(413);
    expect(await sidecar.hook({ event_type: 'branch_create', entity_id: 'dev' })).toBe(200);
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    expect(world.databases()).toHaveLength(1);
  });
});

it('answers 300 events at once with 200 each, and needs few runs of tctl for them', async () => {
  const world = await quick({ ports: { from: 6000, to: 6999 } });
  const sidecar = await world.serve({ webhooks: false });
  await sidecar.look();
  const ids = Array.from({ length: 300 }, (_, index) => `c${index}`);
  for (const id of ids) world.engine.create({ id });
  await Promise.all(ids.map((id) => world.engine.settled(id)));
  const before = world.teleport.counters();
  const answers = await Promise.all(
    ids.map((id) => sidecar.hook({ event_type: 'clone_create', entity_id: id })),
  );
  expect(answers).toEqual(ids.map(() => 200));
  await world.atRest(sidecar);
  expect(world.databases()).toHaveLength(300);
  expect(world.teleport.counters().tctlRuns - before.tctlRuns).toBeLessThan(30);
});

it('takes the old secret and the new one while the Engine is moved from one to the other', async () => {
  const world = await quick();
  const file = join(world.directory, 'secrets');
  await writeFile(file, `old-secret\n${SECRET}\n`, { mode: 0o600 });
  const sidecar = await world.serve({ args: ['--webhook-secret-file', file], env: { WEBHOOK_SECRET: '' } });
  const event = { event_type: 'clone_create', entity_id: 'a' };
  expect(await sidecar.hook(event, 'old-secret')).toBe(200);
  expect(await sidecar.hook(event, SECRET)).toBe(200);
  expect(await sidecar.hook(event, `old-secret\n${SECRET}`).catch(() => 401)).toBe(401);
  expect(await sidecar.hook(event, 'older-secret')).toBe(401);
});

it('are taken over TLS where there is a certificate, and then in no other way', async () => {
  const world = await quick();
  const authority = await createAuthority('example.com', Date.now());
  const files = { cert: join(world.directory, 'cert.pem'), key: join(world.directory, 'key.pem') };
  await writeCertificate(authority, files);
  const sidecar = await world.serve({
    args: [...HINTS_ONLY, '--tls-cert', files.cert, '--tls-key', files.key],
    webhooks: false,
  });
  await sidecar.says(200, /^In step/);
  await createAll(world.engine, 'a');
  await expect(fetch(sidecar.webhookUrl.replace('https', 'http'), { method: 'POST' })).rejects.toThrow();
  const headers = { 'DBLab-Webhook-Token': SECRET };
  const sent = request(sidecar.webhookUrl, { ca: authority.certificate, method: 'POST', headers });
  sent.end('{"event_type":"clone_create","entity_id":"a"}');
  expect((await once(sent, 'response'))[0]).toMatchObject({ statusCode: 200 });
  await eventually(() => world.expectInStep());
});
