/** All that is kept for whoever wants to know how things stand and went: none of it decides anything. */
import manifest from '../../package.json' with { type: 'json' };
import type { Clock } from '../lib/clock.ts';
import type { Audience } from '../sync/audience.ts';
import { everybody } from '../sync/audience.ts';
import { History } from '../sync/history.ts';
import type { World } from '../sync/pass.ts';
import type { Status } from '../sync/status.ts';
import type { Listener } from '../sync/watch.ts';
import type { Identity } from '../teleport/identity.ts';
import { Metrics } from './metrics.ts';
import { News } from './news.ts';
import type { Surroundings } from './status-document.ts';
import { timed } from './timed.ts';

export interface InsightSources {
  readonly environment: string;
  /** Asked only once the loop is there. */
  readonly status: () => Status;
  readonly queueDepth: () => number;
  readonly clock: Clock;
}

type SeenIdentity = Pick<Identity, 'user' | 'notBefore' | 'expiresAt'>;

export class Insight {
  readonly news = new News();
  readonly metrics: Metrics;
  /** Of the loop. */
  readonly audience: Audience;
  readonly #history = new History(() => this.news.publish());
  #identity: SeenIdentity | undefined;

  constructor({ environment, ...sources }: InsightSources) {
    const identity = () => this.#identity;
    this.metrics = new Metrics(environment, { ...sources, identity, version: manifest.version });
    this.audience = everybody(this.metrics, this.#history);
  }

  /** The same world, with its calls timed. */
  over(world: World): World {
    return timed(world, this.metrics);
  }

  /** Hears what the loop hears: who serves a clone shows on the page, and counts. */
  hearing(loop: Listener): Listener {
    return {
      told: (event) => {
        loop.told(event);
        this.metrics.told(event);
        if (event.kind === 'serving' || event.kind === 'not-serving') this.news.publish();
      },
      servedBy: (servers) => loop.servedBy(servers),
      deaf: () => loop.deaf(),
    };
  }

  identitySeen(identity: SeenIdentity | undefined): void {
    this.#identity = identity;
    this.news.publish();
  }

  surroundings(): Surroundings {
    const { changes, plan } = this.#history;
    return {
      identity: this.#identity === undefined ? null : shown(this.#identity),
      changes: changes.map(({ at, what, resource, refusal = null }) => ({
        at: iso(at),
        what,
        resource,
        refusal,
      })),
      plan: [...plan],
    };
  }
}

function shown({ user, notBefore, expiresAt }: SeenIdentity): NonNullable<Surroundings['identity']> {
  return { user, renewedAt: iso(notBefore), expiresAt: iso(expiresAt) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
