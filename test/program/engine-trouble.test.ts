import { describe, expect, it } from 'vitest';
import { createAll, destroyAll, eventually, openWorld, QUICK } from './world.ts';

const quick = (engine = {}) => openWorld({ engine, teleport: { cacheLag: QUICK } });

/** Often enough to notice a fault that no webhook announces. */
const POLL = ['--poll-interval', '200ms'];

describe('an Engine that is down at start', () => {
  it('is waited for, and /readyz says which flag names it', async () => {
    const world = await quick();
    await createAll(world.engine, 'a');
    await world.engine.stop();
    const sidecar = await world.serve();
    await sidecar.says(503, /^Nothing listens at .*Start the DBLab Engine, or correct --dblab-url\.$/);
    expect(world.databases()).toEqual([]);
    await world.engine.start();
    await sidecar.says(200, /^In step: 1 clone registered\.$/);
    await world.atRest(sidecar);
  });

  it('ends the sidecar when it turns out to be a community edition', async () => {
    const world = await quick({ edition: 'community' });
    await world.engine.stop();
    const sidecar = await world.serve();
    await sidecar.says(503, /^Nothing listens at /);
    await world.engine.start();
    expect(await sidecar.ended).toBe(78);
  });
});

describe('an Engine that answers with something else', () => {
  it.each([
    ['error-500', /^The DBLab Engine at .* failed on GET \/status: internal error\. Look at its log/],
    [
      'html',
      /is a web page \(HTML\) and not JSON\. Check that --dblab-url is the address of the Engine's API/,
    ],
    ['cut-off', /closed the connection before its answer to GET \/status was complete/],
    ['unauthorized', /refuses the token .*Set DBLAB_TOKEN .* to the value of server\.verificationToken/],
  ] as const)('loses no registration and recovers by itself: %s', async (fault, sentence) => {
    const world = await quick();
    const sidecar = await world.serve({ args: POLL });
    await createAll(world.engine, 'a', 'b');
    await world.atRest(sidecar);
    const writes = world.teleport.history().length;
    world.engine.faults.answers = fault;
    await destroyAll(world.engine, 'b');
    await sidecar.says(503, sentence);
    expect(world.teleport.history()).toHaveLength(writes);
    expect(sidecar.warnings()).toContainEqual(expect.stringMatching(sentence));
    world.engine.faults.answers = 'ok';
    await sidecar.says(200, /^In step: 1 clone registered\.$/);
    await world.atRest(sidecar);
  });

  it('is told once for as long as it lasts, and again when it is over', async () => {
    const world = await quick();
    const sidecar = await world.serve({ args: POLL });
    await sidecar.look();
    world.engine.faults.answers = 'error-500';
    await sidecar.says(503, /internal error/);
    // Each try begins with a look at Teleport, of both kinds.
    const { lists } = world.teleport.counters();
    await eventually(() => world.teleport.counters().lists >= lists + 6);
    world.engine.faults.answers = 'ok';
    await sidecar.says(200, /^In step/);
    expect(sidecar.warnings().filter((text) => text.includes('internal error'))).toHaveLength(1);
    expect(sidecar.log.filter((line) => line.includes('can be read again'))).toHaveLength(1);
  });
});

describe('an Engine that is slow', () => {
  it('is waited for', async () => {
    const world = await quick();
    world.engine.faults.answers = { slowMs: 1_000 };
    const sidecar = await world.serve();
    await createAll(world.engine, 'a', 'b');
    await eventually(() => world.expectInStep());
    await destroyAll(world.engine, 'a');
    await world.atRest(sidecar);
  });

  it('may hang: webhooks are answered all the while, and the limit of patience is told', async () => {
    const world = await quick();
    const sidecar = await world.serve();
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    world.engine.faults.answers = 'hang';
    expect(await sidecar.hook({ event_type: 'clone_create', entity_id: 'b' })).toBe(200);
    await sidecar.says(503, /did not answer GET \/status within 10 s\. Is it overloaded or hung\?/);
    expect(await sidecar.hook({ event_type: 'clone_create', entity_id: 'c' })).toBe(200);
    expect(world.databases()).toHaveLength(1);
    world.engine.faults.answers = 'ok';
    await sidecar.says(200, /^In step: 1 clone registered\.$/);
  });
});

describe('the edition of the Engine', () => {
  it('community is refused with the reason and what to do', async () => {
    const world = await quick({ edition: 'community' });
    const { exit, stderr } = await world.serveToEnd(['--listen-addr', '127.0.0.1:0']);
    expect(exit).toBe(78);
    expect(stderr).toContain('requires Standard or Enterprise edition');
    expect(stderr).toContain('Register the instance with the PostgresAI platform');
    expect(world.teleport.history()).toEqual([]);
  });

  it('community is refused though Teleport is down', async () => {
    const world = await quick({ edition: 'community' });
    await world.teleport.stop();
    const { exit } = await world.serveToEnd(['--listen-addr', '127.0.0.1:0']);
    expect(exit).toBe(78);
  });

  it.each(['--once', '--dry-run'])('community is refused by %s, too', async (flag) => {
    const world = await quick({ edition: 'community' });
    const { exit } = await world.serveToEnd([flag]);
    expect(exit).toBe(78);
    expect(world.teleport.history()).toEqual([]);
  });

  it.each(['', 'platinum'])('unknown is warned about, and served: "%s"', async (edition) => {
    const world = await quick({ edition });
    const sidecar = await world.serve();
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    expect(sidecar.warnings()).toContainEqual(
      `The Engine's edition is "${edition}", which is neither standard nor enterprise. Going on.`,
    );
  });

  it('enterprise is served without a word', async () => {
    const world = await quick({ edition: 'enterprise' });
    const sidecar = await world.serve();
    await createAll(world.engine, 'a');
    await world.atRest(sidecar);
    expect(sidecar.warnings().join()).not.toContain('edition');
  });
});
