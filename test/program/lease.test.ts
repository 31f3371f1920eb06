import { describe, expect, it } from 'vitest';
import { createAll, eventually, openWorld, QUICK, type World } from './world.ts';

const MINUTE = 60_000;

/** How long each registration of the world still lives, to the minute; Infinity where it has no end. */
function minutesLeft({ teleport }: World): number[] {
  return [...teleport.databases(), ...teleport.apps()].map(({ metadata }) =>
    metadata.expires === undefined
      ? Number.POSITIVE_INFINITY
      : Math.round((Date.parse(metadata.expires) - Date.now()) / MINUTE),
  );
}

/** As time does. */
async function leave(minutes: number, { teleport }: World): Promise<void> {
  const expires = new Date(Date.now() + minutes * MINUTE).toISOString();
  for (const document of [...teleport.databases(), ...teleport.apps()]) {
    teleport.put({ ...document, metadata: { ...document.metadata, expires } });
  }
  await eventually(() => {
    expect(teleport.cached('db')).toEqual(teleport.databases());
    expect(teleport.cached('app')).toEqual(teleport.apps());
  });
}

async function lookOnce(world: World, ...args: readonly string[]): Promise<void> {
  expect(await world.serveToEnd(['--once', ...args])).toMatchObject({ exit: 0 });
}

describe('--lease', () => {
  it('lets registrations expire, renews them at half of it, and makes them stay when it is turned off', async () => {
    const world = await openWorld({ teleport: { cacheLag: QUICK } });
    await createAll(world.engine, 'a');
    await lookOnce(world, '--lease', '2h');
    expect(minutesLeft(world)).toEqual([120, 120]);

    await leave(70, world);
    await lookOnce(world, '--lease', '2h');
    expect(minutesLeft(world)).toEqual([70, 70]);

    await leave(50, world);
    await lookOnce(world, '--lease', '2h');
    expect(minutesLeft(world)).toEqual([120, 120]);

    await leave(120, world);
    await lookOnce(world);
    expect(minutesLeft(world)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  it('leaves nothing behind of a host that is gone for good', async () => {
    const world = await openWorld({ teleport: { cacheLag: QUICK } });
    await createAll(world.engine, 'a');
    await lookOnce(world, '--lease', '1h');
    await leave(0, world);
    await eventually(() => expect([...world.teleport.databases(), ...world.teleport.apps()]).toEqual([]));
  });

  it('of less than an hour is refused with the reason', async () => {
    const world = await openWorld();
    const { exit, stderr } = await world.serveToEnd(['--lease', '59m']);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/--lease "59m": it must be at least 1h: each renewal, .* makes agents start/);
  });
});
