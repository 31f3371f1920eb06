import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../clock.ts';
import { percentile } from '../statistics.ts';
import { type Running, start } from '../subject.ts';
import { send } from '../webhooks.ts';
import { openWorld } from '../world.ts';
import type { Measurement } from './figures.ts';
import { within } from './within.ts';

const SAMPLES = 50;

/** The page and the metrics with so many clones: how long they take, and how soon a change shows. */
export function statusWith(clones: number): Measurement {
  return {
    name: `status-${clones}`,
    needsOurFlags: true,
    async run(subject) {
      const world = await openWorld({ clones });
      const running = await start(subject, world);
      await within(world.ask.whenCount({ count: clones, since: 0 }));
      await sleep(2_000); // the look that confirms
      const scrapes = await timesOf(() => read(running, 'metrics'));
      const pages = await timesOf(() => read(running, ''));
      const page = await read(running, '');
      const shown: number[] = [];
      for (let sample = 0; sample < SAMPLES / 5; sample += 1) {
        const [clone] = await world.ask.addClones(1);
        if (clone === undefined) break;
        const { sentAt } = await send(running, 'clone_create', clone);
        while (!(await read(running, `?q=${clone.id}`)).includes('registered<br>')) await sleep(5);
        shown.push(monotonic() - sentAt);
      }
      await running.stop();
      await world.close();
      return {
        [`beside ${clones} clones: a scrape of /metrics, p50, ms`]: percentile(scrapes, 0.5),
        [`beside ${clones} clones: the page, p50, ms`]: percentile(pages, 0.5),
        [`beside ${clones} clones: the page, KB`]: Buffer.byteLength(page) / 1_000,
        [`beside ${clones} clones: webhook to the page, p50, ms`]: percentile(shown, 0.5),
      };
    },
  };
}

async function read({ statusUrl }: Running, path: string): Promise<string> {
  return (await fetch(`${statusUrl}/${path}`)).text();
}

async function timesOf(ask: () => Promise<string>): Promise<number[]> {
  const times: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const started = monotonic();
    await ask();
    times.push(monotonic() - started);
  }
  return times;
}
