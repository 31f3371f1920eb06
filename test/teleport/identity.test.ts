import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { BOT } from '../../src/sandbox/real/documents.ts';
import { createAll } from '../program/world.ts';
import { describeReal, TRANSPORTS, useCluster } from './cluster.ts';
import { inTheEnd, openWorld, type World } from './world.ts';

const truth = useCluster();

describeReal.each(TRANSPORTS)('an identity, by way of %s', (transport) => {
  const open = () => openWorld(truth(), { transport });

  it('may be replaced in place again and again while clones come', async () => {
    const world = await open();
    const sidecar = await world.serve();
    for (const id of ['a', 'b', 'c']) {
      await Promise.all([createAll(world.engine, id), truth().issueIdentity(world.identity)]);
    }
    await world.atRest(sidecar);
    expect(await world.names()).toHaveLength(3);
  });

  it('that expires under way is waited for, and nothing is lost', async () => {
    const world = await open();
    const sidecar = await world.serve('--reconcile-interval', '1s');
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    await truth().issueExpiredIdentity(world.identity);
    await inTheEnd(async () =>
      expect(await sidecar.ready()).toEqual({
        status: 503,
        sentence: expect.stringContaining(`The identity in ${world.identity} expired at `),
      }),
    );
    await createAll(world.engine, 'b');
    await truth().issueIdentity(world.identity);
    await world.atRest(sidecar);
    await sidecar.says(200, /^In step: 2 clones registered\.$/);
  });

  it('whose role may nothing sees an empty list without an error, and the refusal is explained', async () => {
    const world = await open();
    await truth().allow({});
    await createAll(world.engine, 'a');
    const sidecar = await world.serve();
    await sidecar.says(503, /access denied to perform action "create" on "db".*"- resources: \[db, app\]"/);
    expect(await world.names()).toEqual([]);
    await truth().allow(BOT);
    await truth().issueIdentity(world.identity);
    await world.atRest(sidecar);
    await sidecar.says(200, /^In step: 1 clone registered\.$/);
  });

  it('whose role lacks app_labels, as in the guide, registers databases and names the two lines', async () => {
    const world = await open();
    const { app_labels: _, ...asInTheGuide } = BOT;
    await truth().allow(asInTheGuide);
    await createAll(world.engine, 'a');
    const sidecar = await world.serve();
    await world.atRest(sidecar);
    await sidecar.says(200, /^Not in step: "the app"\. .*these two lines are missing: "app_labels:" and /);
    expect(await truth().apps()).toEqual([]);
    await truth().allow(BOT);
    // The role counts at once; a new identity tells the sidecar that something has changed.
    await truth().issueIdentity(world.identity);
    await sidecar.says(200, /^In step: 1 clone registered\.$/);
    expect(await truth().apps()).toHaveLength(1);
  });

  it('that tbot writes is taken, and taken again when tbot renews it', async () => {
    const world = await open();
    const tbot = await joinWithTbot(world);
    await createAll(world.engine, 'a');
    const sidecar = await world.serve('--teleport-identity', join(tbot.output, 'identity'));
    await world.atRest(sidecar);
    await tbot.renew();
    await createAll(world.engine, 'b');
    await world.atRest(sidecar);
    expect(await world.names()).toHaveLength(2);
    expect(sidecar.warnings()).toEqual([]);
  });
});

let bots = 0;

/** A bot as in the guide: it joins with a token and writes its identity into a folder. */
async function joinWithTbot({ identity }: World) {
  const { cluster } = truth();
  bots += 1;
  const home = join(dirname(identity), 'tbot');
  const output = join(home, 'output');
  for (const folder of [home, output, join(home, 'storage')]) await mkdir(folder);
  const answer = await cluster.admin([
    'bots',
    'add',
    `sidecar-${bots}`,
    '--roles=dblab-bot',
    '--format=json',
  ]);
  const { token_id: token } = JSON.parse(answer);
  const config = join(home, 'tbot.yaml');
  await writeFile(
    config,
    stringify({
      version: 'v2',
      auth_server: cluster.proxyAddress,
      oneshot: true,
      onboarding: { join_method: 'token', token },
      storage: { type: 'directory', path: join(home, 'storage') },
      // `outputs` is what every release reads. Without the SSH files it need not ask the proxy.
      outputs: [{ type: 'identity', ssh_config: 'off', destination: { type: 'directory', path: output } }],
    }),
  );
  const renew = () => cluster.run({ program: 'tbot', args: ['start', '-c', config] });
  await renew();
  return { output, renew };
}
