import { describe, expect, it } from 'vitest';
import { app } from './documents.ts';
import { eventually, openWorld, QUICK, type World } from './world.ts';

const quick = () => openWorld({ teleport: { cacheLag: QUICK } });

/** The apps without what Teleport adds. */
function apps({ teleport }: World) {
  return teleport.apps().map(({ metadata: { name, labels }, spec }) => {
    const { 'teleport.dev/origin': _, ...own } = labels;
    return { name, labels: own, uri: spec.uri, insecure: spec['insecure_skip_verify'] };
  });
}

const LABELS = { dblab: 'true', environment: 'prod', dblab_instance: 'prod' };

describe("the Engine's API as an app", () => {
  it('is registered under the address that the sidecar uses', async () => {
    const world = await quick();
    await world.atRest(await world.serve());
    expect(apps(world)).toEqual([
      { name: 'dblab-api-prod', labels: LABELS, uri: world.engine.url, insecure: false },
    ]);
  });

  it('may have another address for the agent; of https the certificate is not verified', async () => {
    const world = await quick();
    const args = ['--app-uri', 'https://engine.example.com:2346', '--label', 'team=red'];
    await world.atRest(await world.serve({ args }));
    expect(apps(world)).toEqual([
      {
        name: 'dblab-api-prod',
        labels: { ...LABELS, team: 'red' },
        uri: 'https://engine.example.com:2346',
        insecure: true,
      },
    ]);
  });

  it('gets a name that is good for a host name, whatever the environment is called', async () => {
    const world = await quick();
    const environment = 'Prod_EU.1';
    await world.atRest(await world.serve({ environment }), { environment });
    expect(apps(world)).toMatchObject([
      { name: expect.stringMatching(/^dblab-api-prod-eu-1-[0-9a-f]{8}$/), labels: { environment } },
    ]);
  });

  it.each([
    ['address', app('dblab-api-prod', LABELS, { uri: 'http://10.6.6.6:80' })],
    ['labels', app('dblab-api-prod', { ...LABELS, more: 'x' }, { uri: 'http://127.0.0.1' })],
  ])('is mended in place when somebody edits its %s', async (_, edited) => {
    const world = await quick();
    const sidecar = await world.serve({ args: ['--reconcile-interval', '300ms'] });
    await world.atRest(sidecar);
    const before = apps(world);
    world.teleport.put(edited);
    expect(apps(world)).not.toEqual(before);
    await eventually(() => expect(apps(world)).toEqual(before));
    await world.atRest(sidecar);
    expect(world.teleport.history().map(({ action }) => action)).toEqual(['create', 'update', 'update']);
  });

  it('comes back when somebody removes it', async () => {
    const world = await quick();
    const sidecar = await world.serve({ args: ['--reconcile-interval', '300ms'] });
    await world.atRest(sidecar);
    world.teleport.remove('app', 'dblab-api-prod');
    await eventually(() => apps(world).length === 1);
  });

  it("is a conflict, and never overwritten, where the name is somebody else's", async () => {
    const world = await quick();
    world.teleport.put(app('dblab-api-prod', { team: 'red' }, { uri: 'http://127.0.0.1:80' }));
    const sidecar = await world.serve();
    await sidecar.says(200, /^app\/dblab-api-prod exists in Teleport and was not made by this program/);
    expect(apps(world)).toMatchObject([{ labels: { team: 'red' } }]);
  });
});

describe('--no-app', () => {
  it('registers none', async () => {
    const world = await quick();
    await world.atRest(await world.serve({ args: ['--no-app'] }));
    expect(world.teleport.history()).toEqual([]);
  });

  it('takes back the one that was registered, and only that', async () => {
    const world = await quick();
    const first = await world.serve();
    await world.atRest(first);
    await first.stop();
    world.teleport.put(app('dblab-api-test', { ...LABELS, dblab_instance: 'test' }, { uri: 'http://x' }));
    await world.atRest(await world.serve({ args: ['--no-app'] }));
    expect(apps(world).map(({ name }) => name)).toEqual(['dblab-api-test']);
  });
});
