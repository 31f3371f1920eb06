import { silentLog } from '../../src/lib/log.ts';
import { Journal } from '../../src/sync/journal.ts';
import { Loop } from '../../src/sync/loop.ts';
import type { World } from '../../src/sync/pass.ts';
import { PendingWrites } from '../../src/sync/pending.ts';
import { type Hint, Queue } from '../../src/sync/queue.ts';
import { watch } from '../../src/sync/watch.ts';
import { policy } from '../../src/testing/builders.ts';
import type { SimClock } from './clock.ts';
import type { SimEngine } from './engine.ts';
import type { SimTeleport } from './teleport.ts';

/** A way to put a bug back in: the world as a sidecar with it would see it. */
export type Bug = (world: World) => World;

const INTERVALS = { pollMs: 15_000, sweepMs: 20_000, watchedSweepMs: 300_000 };

/** The real loop, between a model Engine and a model Teleport, until it is killed. */
export class SimSidecar {
  readonly name: string;
  readonly queue = new Queue();
  /** When the pictures were taken that the next writes follow from. */
  readEngineAt = 0;
  readTeleportAt = 0;
  onViolation: (what: string) => void = () => {};
  readonly #loop: Loop;
  readonly #killed = new AbortController();
  #underWay = 0;

  constructor(
    name: string,
    parts: { clock: SimClock; engine: SimEngine; teleport: SimTeleport; isWatchable: boolean; bug: Bug },
  ) {
    const { clock, engine, teleport, isWatchable, bug } = parts;
    this.name = name;
    const port = teleport.open(name, isWatchable);
    const alone = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
      this.#underWay += 1;
      if (this.#underWay > 1) this.onViolation(`two things at a time: ${what}`);
      try {
        return await act();
      } finally {
        this.#underWay -= 1;
      }
    };
    const killed = this.#killed.signal;
    const world = bug({
      clock,
      policy,
      queue: this.queue,
      pending: new PendingWrites(),
      clones: () => {
        const at = clock.now();
        return alone('clones', () => engine.list()).then((clones) => {
          killed.throwIfAborted();
          this.readEngineAt = at;
          return clones;
        });
      },
      teleport: {
        ...port,
        list: () => {
          const at = clock.now();
          return alone('list', () => port.list()).then((listed) => {
            killed.throwIfAborted();
            this.readTeleportAt = at;
            return listed;
          });
        },
        apply: (changes) => {
          killed.throwIfAborted();
          return alone('apply', () => port.apply(changes)).finally(() => killed.throwIfAborted());
        },
      },
    });
    this.#loop = new Loop(world, INTERVALS, new Journal(silentLog, world.teleport));
    void this.#loop.run(killed, killed).catch((error) => {
      if (!killed.aborted) this.onViolation(`the loop ended: ${error}`);
    });
    void watch({ teleport: world.teleport, clock, log: silentLog }, this.#loop, killed).catch(() => {});
  }

  hint(hint: Hint): void {
    this.#loop.hint(hint);
  }

  identityChanged(): void {
    this.#loop.identityChanged();
  }

  /** As by SIGKILL: what is under way happens, and nobody hears of it. */
  kill(): void {
    this.#killed.abort(new Error('killed'));
  }
}
