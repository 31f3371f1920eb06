import { monotonic } from '../clock.ts';
import { start } from '../subject.ts';
import { sendAll } from '../webhooks.ts';
import { openWorld } from '../world.ts';
import { distance } from './distance.ts';
import type { Measurement } from './figures.ts';
import { since, within } from './within.ts';

/** Webhooks for clones that are there already, all at once; then their removal, in the same way. */
export function burstOf(count: number, roundTripMs = 0): Measurement {
  return {
    name: `burst-${count}${roundTripMs === 0 ? '' : '-far'}`,
    async run(subject) {
      const world = await openWorld({ clones: 1, roundTripMs });
      const running = await start(subject, world);
      await within(world.ask.whenCount({ count: 1, since: 0 }));
      const clones = await world.ask.addClones(count);
      const before = await world.ask.counters();
      const sentAt = monotonic();
      const storing = within(world.ask.whenCount({ count: count + 1, since: sentAt }));
      const answers = await sendAll(running, 'clone_create', clones);
      const stored = since(sentAt, await storing);
      const after = await world.ask.counters();
      const answered = answers.filter((answer) => answer.ok);

      await world.ask.removeClones(clones.map(({ id }) => id));
      const removedAt = monotonic();
      const removing = within(world.ask.whenCount({ count: 1, since: removedAt }));
      await sendAll(running, 'clone_delete', clones);
      const removed = since(removedAt, await removing);

      await running.stop();
      await world.close();
      const of = `burst of ${count}${distance(roundTripMs)}`;
      return {
        [`${of}: all stored, ms`]: stored,
        [`${of}: answered 200`]: answered.length,
        [`${of}: all answered, ms`]:
          answered.length < count ? undefined : Math.max(...answered.map((it) => it.answeredAt)) - sentAt,
        [`${of}: tctl processes`]: (after['tctlRuns'] ?? 0) - (before['tctlRuns'] ?? 0),
        [`${of}, deletes: all done, ms`]: removed,
      };
    },
  };
}
