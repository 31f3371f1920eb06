import { start } from '../subject.ts';
import { openWorld } from '../world.ts';
import { distance } from './distance.ts';
import type { Measurement } from './figures.ts';
import { since, within } from './within.ts';

/** Clones are there before the sidecar is: how long from the start of its process until all are registered. */
export function startWith(clones: number, roundTripMs = 0): Measurement {
  return {
    name: `start-${clones}${roundTripMs === 0 ? '' : '-far'}`,
    takesLong: clones > 1_000,
    async run(subject) {
      const world = await openWorld({ clones, roundTripMs });
      const running = await start(subject, world);
      const storedAt = await within(world.ask.whenCount({ count: clones, since: 0 }));
      await running.stop();
      await world.close();
      return {
        [`${clones} clones: start to all registered${distance(roundTripMs)}, ms`]: since(
          running.startedAt,
          storedAt,
        ),
      };
    },
  };
}

/** How long from the start of the process until webhooks are answered. */
export const listening: Measurement = {
  name: 'listening',
  async run(subject) {
    const world = await openWorld({ clones: 10 });
    const running = await start(subject, world);
    await running.stop();
    await world.close();
    return { 'start to listening, ms': running.listeningAt - running.startedAt };
  },
};
