import { describe, expect, it } from 'vitest';
import { createAll, destroyAll, openEngine, openWorld, QUICK } from './world.ts';

/** What Teleport takes as a name. */
const VALID = /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/;

const quick = () => openWorld({ teleport: { cacheLag: QUICK } });

describe('ids that Teleport would not take in a name', () => {
  const IDS = ['my_clone', 'my.clone', 'my-clone', '7up', 'tail-', 'tail_', 'x'.repeat(200), 'A.B_c-d'];

  it('are registered under names that are valid, unique and stable, and labelled to the letter', async () => {
    const world = await quick();
    const sidecar = await world.serve();
    await createAll(world.engine, ...IDS);
    await world.atRest(sidecar);
    const names = world.databases();
    expect(new Set(names).size).toBe(IDS.length);
    for (const name of names) {
      expect(name).toMatch(VALID);
      expect(name.length).toBeLessThanOrEqual(200);
    }
    await sidecar.stop();
    await world.atRest(await world.serve());
    expect(world.databases()).toEqual(names);
  });

  it('are deregistered like any other', async () => {
    const world = await quick();
    const sidecar = await world.serve();
    await createAll(world.engine, ...IDS);
    await world.atRest(sidecar);
    await destroyAll(world.engine, ...IDS);
    await world.atRest(sidecar);
    expect(world.databases()).toEqual([]);
  });
});

it('spells the names of the guide to the letter', async () => {
  const world = await quick();
  const sidecar = await world.serve();
  await createAll(world.engine, 'my-clone', 'tail-', '7up');
  await world.atRest(sidecar);
  expect(world.databases().map((name) => name.replace(/-\d+$/, ''))).toEqual([
    'dblab-clone-prod-7up',
    'dblab-clone-prod-my-clone',
    'dblab-clone-prod-tail-',
  ]);
});

describe('hostile text', () => {
  const USERS = {
    quotes: `o'hara "the" \`user\``,
    lines: 'alice\nmetadata:\n  name: other\n---\nkind: role',
    yaml: '*alias & {a: [b]} # no comment',
    truth: 'yes',
    nothing: '~',
    number: '0x1F',
    unicode: 'Ünïcödé 👩‍💻 \u202Egnp.exe \u2028 \u00a0',
    control: '\u0000\u0007\u001b[31mred\u007f\u0085\r',
    template: '{{internal.logins}} $HOME $(reboot) %s',
    long: 'x'.repeat(5000),
    spaces: '  around  ',
  };

  it('in user names becomes a label and nothing else', async () => {
    const world = await quick();
    const sidecar = await world.serve();
    for (const [id, username] of Object.entries(USERS)) world.engine.create({ id, username });
    await Promise.all(Object.keys(USERS).map((id) => world.engine.settled(id)));
    await world.atRest(sidecar);
    const users = world.teleport
      .databases()
      .map(({ metadata: { labels } }) => [labels['clone_id'], labels['dblab_user']]);
    expect(Object.fromEntries(users)).toEqual(USERS);
    expect(sidecar.warnings()).toEqual([]);
  });

  it('in configured labels, too', async () => {
    const world = await quick();
    const texts = [`o'hara "the" user`, '*alias # no comment', 'yes', '👩‍💻', 'a=b,c'];
    const args = texts.flatMap((text, index) => ['--label', `l${index}=${text}`]);
    const sidecar = await world.serve({ args });
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    expect(world.teleport.databases()[0]?.metadata.labels).toMatchObject(
      Object.fromEntries(texts.map((text, index) => [`l${index}`, text])),
    );
  });
});

describe('two environments that want one name', () => {
  const EITHER = expect.stringMatching(/^dblab-clone-prod-eu-a(-[0-9a-f]{8})?-6000$/);

  it.each(['one after the other', 'at the same time'])('get one each: %s', async (order) => {
    const world = await openWorld();
    const east = { environment: 'prod', engine: world.engine };
    const west = { environment: 'prod-eu', engine: await openEngine() };
    const [first, second] = [await world.serve(east), await world.serve(west)];
    await createAll(east.engine, 'eu-a');
    if (order === 'one after the other') await world.atRest(first, east);
    await createAll(west.engine, 'a');
    await world.atRest(second, west);
    await world.atRest(first, east);
    expect(world.databases()).toEqual([EITHER, EITHER]);
    expect(world.databases()).toContain('dblab-clone-prod-eu-a-6000');

    await destroyAll(east.engine, 'eu-a');
    await world.atRest(first, east);
    await world.atRest(second, west);
    expect(world.databases()).toEqual([EITHER]);
  });
});
