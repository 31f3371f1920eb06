/** Bugs that the design rules out, to be put back in: a simulator that cannot find them proves nothing. */
import type { Clone } from '../../src/engine/clone.ts';
import { PendingWrites } from '../../src/sync/pending.ts';
import { Queue } from '../../src/sync/queue.ts';
import { registration } from '../../src/testing/builders.ts';
import type { Bug } from './sidecar.ts';

class Everything extends Set<string> {
  override has(): boolean {
    return true;
  }
}

class Unguarded extends Queue {
  override announced(): ReadonlySet<string> {
    return new Everything();
  }
}

class Forgetful extends PendingWrites {
  override record(): () => void {
    return () => {};
  }
}

export const BUGS: Readonly<Record<string, Bug>> = {
  'desired is read before actual': (world) => {
    let early: Promise<readonly Clone[]> | undefined;
    return {
      ...world,
      clones: async (signal) => {
        const read = early ?? world.clones(signal);
        early = undefined;
        return read;
      },
      teleport: {
        ...world.teleport,
        list: async (signal) => {
          const first = world.clones(new AbortController().signal);
          early = first;
          await first.catch(() => {});
          return world.teleport.list(signal);
        },
      },
    };
  },
  'own writes are not remembered': (world) => ({ ...world, pending: new Forgetful() }),
  'nothing guards removals': (world) => {
    const queue = new Unguarded();
    const { mark } = world.queue;
    // Hints go to the queue that the sidecar knows.
    world.queue.mark = (...told: Parameters<typeof mark>) => {
      mark.apply(world.queue, told);
      queue.mark(...told);
    };
    return { ...world, queue };
  },
  'a delete webhook is an order': (world) => {
    const { mark } = world.queue;
    const ordered = new Set<string>();
    world.queue.mark = (hint, now) => {
      mark.call(world.queue, hint, now);
      if (hint.event === 'delete') ordered.add(hint.cloneId);
    };
    return {
      ...world,
      clones: async (signal) => {
        const listed = await world.clones(signal);
        return listed.filter(({ id }) => !ordered.delete(id));
      },
    };
  },
  'names alone are compared': (world) => ({
    ...world,
    teleport: {
      ...world.teleport,
      list: async (signal) => {
        const [listed, clones] = [
          await world.teleport.list(signal),
          await world.clones(signal ?? new AbortController().signal).catch(() => []),
        ];
        return listed.map((resource) => {
          const clone = clones.find(({ id, port }) => resource.name === registration(id, port ?? 0).name);
          return clone?.port === undefined ? resource : registration(clone.id, clone.port);
        });
      },
    },
  }),
};
