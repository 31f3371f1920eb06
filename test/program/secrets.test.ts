import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createAll,
  eventually,
  openWorld,
  QUICK,
  SECRET,
  type Sidecar,
  TCTL,
  TOKEN,
  type World,
} from './world.ts';

const OTHER_SECRET = 'wrong-secret-of-somebody';

/** A tctl that writes down what it was started with: arguments, environment and input. */
async function recordingTctl({ directory }: World) {
  const file = join(directory, 'tctl');
  const record = join(directory, 'record');
  await writeFile(
    file,
    [
      '#!/bin/sh',
      `{ echo "ARGS $*"; env; } >> '${record}'`,
      `if [ "$5" = create ]; then tee -a '${record}' | '${process.execPath}' '${TCTL}' "$@"`,
      `else exec '${process.execPath}' '${TCTL}' "$@"; fi`,
      '',
    ].join('\n'),
  );
  await chmod(file, 0o755);
  return { args: ['--tctl-path', file], record: () => readFile(record, 'utf8').catch(() => '') };
}

/** All that goes well and all that goes wrong, each with a chance to blab. */
async function liveThroughEverything(world: World, sidecar: Sidecar): Promise<string[]> {
  const said: string[] = [];
  const note = async () => {
    const pages = ['/readyz', '/', '/metrics', '/api/status'].map((path) => fetch(sidecar.statusUrl + path));
    for (const page of await Promise.all(pages)) said.push(await page.text());
  };
  await createAll(world.engine, 'a');
  await world.atRest(sidecar);
  await note();
  await sidecar.hook({ event_type: 'clone_create', entity_id: 'a' }, OTHER_SECRET);
  await sidecar.hook(`{"event_type": "clone_create", "entity_id": "${SECRET}`);
  for (const fault of ['unauthorized', 'error-500', 'html', 'cut-off'] as const) {
    world.engine.faults.answers = fault;
    await eventually(async () => (await sidecar.ready()).status === 503);
    await note();
    world.engine.faults.answers = 'ok';
    await sidecar.says(200, /^In step/);
  }
  const identity = await readFile(world.identity, 'utf8');
  for (const broken of [identity.slice(0, 400), identity.replace('CERTIFICATE', 'NOTHING'), 'nonsense']) {
    await writeFile(world.identity, broken);
    await eventually(async () => (await sidecar.ready()).status === 503);
    await note();
    await writeFile(world.identity, identity);
    await sidecar.says(200, /^In step/);
  }
  await world.teleport.stop();
  await eventually(async () => (await sidecar.ready()).status === 503);
  await note();
  await sidecar.stop();
  return said;
}

describe('the token, the webhook secrets and the private key', () => {
  it.each(['tctl', 'api'] as const)(
    'show nowhere: not in the log, on a page, or to tctl (%s)',
    async (transport) => {
      const world = await openWorld({ teleport: { cacheLag: QUICK }, transport });
      const tctl = await recordingTctl(world);
      const args = [...tctl.args, '--poll-interval', '200ms', '--reconcile-interval', '300ms'];
      const sidecar = await world.serve({ args });
      const said = await liveThroughEverything(world, sidecar);
      const key = (await readFile(world.identity, 'utf8')).split('\n')[1] ?? '';
      const record = await tctl.record();

      // What is searched holds what it should hold otherwise.
      expect(sidecar.log.join('\n')).toContain('"level":"debug"');
      expect(said.join('\n')).toContain('refuses the token');
      expect(said.join('\n')).toContain('dblab_teleport_registrations');
      if (transport === 'tctl') {
        expect(record).toMatch(/^ARGS --identity .* create$/m);
        expect(record).toContain('TELEPORT_HOME=');
        expect(record).toContain('dblab-clone-prod-a-6000');
      }
      for (const text of [sidecar.log.join('\n'), said.join('\n'), record]) {
        expect(text).not.toContain(TOKEN);
        expect(text).not.toContain(SECRET);
        expect(text).not.toContain(OTHER_SECRET);
        expect(text).not.toContain(key);
      }
    },
  );

  it('that are given as arguments work, are warned about, and show no further', async () => {
    const world = await openWorld({ teleport: { cacheLag: QUICK }, transport: 'tctl' });
    const tctl = await recordingTctl(world);
    const args = [...tctl.args, '--dblab-token', TOKEN, '--webhook-secret', SECRET];
    const sidecar = await world.serve({ args, env: { DBLAB_TOKEN: '', WEBHOOK_SECRET: '' } });
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    expect(sidecar.warnings()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/--dblab-token is given as an argument/),
        expect.stringMatching(/--webhook-secret is given as an argument/),
      ]),
    );
    for (const text of [sidecar.log.join('\n'), await tctl.record()]) {
      expect(text).not.toContain(TOKEN);
      expect(text).not.toContain(SECRET);
    }
  });
});
