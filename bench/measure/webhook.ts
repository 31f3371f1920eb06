import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../statistics.ts';
import { start } from '../subject.ts';
import { send } from '../webhooks.ts';
import { openWorld } from '../world.ts';
import type { Measurement } from './figures.ts';
import { within } from './within.ts';

/** Long enough for what one webhook leads to, confirmation aside, to be over before the next. */
const PAUSE_MS = 60;

/** One webhook at a time, with so many clones in step beside it. */
export function webhookBeside(clones: number, samples: number): Measurement {
  return {
    name: `webhook-${clones}`,
    async run(subject) {
      const world = await openWorld({ clones });
      const running = await start(subject, world);
      await within(world.ask.whenCount({ count: clones, since: 0 }));
      await sleep(2_000); // the look that confirms
      const answered: number[] = [];
      const stored: number[] = [];
      for (let sample = 0; sample < samples; sample += 1) {
        const [clone] = await world.ask.addClones(1);
        if (clone === undefined) break;
        const answer = await send(running, 'clone_create', clone);
        const storedAt = await within(world.ask.whenStored(clone.id));
        if (answer.ok) answered.push(answer.answeredAt - answer.sentAt);
        if (storedAt !== undefined) stored.push(storedAt - answer.sentAt);
        await sleep(PAUSE_MS);
      }
      await running.stop();
      await world.close();
      return {
        ...figures(`one webhook beside ${clones} clones: answered`, answered, samples),
        ...figures(`one webhook beside ${clones} clones: stored`, stored, samples),
      };
    },
  };
}

function figures(what: string, values: readonly number[], samples: number) {
  const of = (share: number) => (values.length < samples ? undefined : percentile(values, share));
  return { [`${what}, p50, ms`]: of(0.5), [`${what}, p99, ms`]: of(0.99) };
}
