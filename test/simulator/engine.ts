import type { Clone } from '../../src/engine/clone.ts';
import { EngineError } from '../../src/engine/error.ts';
import type { Hint } from '../../src/sync/queue.ts';
import type { SimClock } from './clock.ts';

/** What becomes of a webhook. */
export type Fate = 'deliver' | 'lose' | 'late' | 'double';

interface Living {
  readonly id: string;
  port: number;
  status: string;
  /** Since when it has been ready at this port; undefined while it is not. */
  readySince: number | undefined;
}

const FIRST_PORT = 6000;
const WORK_MS = 400;
const LATE_MS = 20_000;

/** A model of a DBLab Engine: clones that come, move and go, ports that pass on at once, webhooks that may not arrive. */
export class SimEngine {
  readonly clones = new Map<string, Living>();
  /** Answers only after this time, or never well. */
  slowMs = 0;
  down = false;
  /** Lists nothing, as after a start that lost its sessions; the clones live. */
  forgetful = false;
  fate: Fate = 'deliver';
  readonly #clock: SimClock;
  readonly #hear: (hint: Hint) => void;

  constructor(clock: SimClock, hear: (hint: Hint) => void) {
    this.#clock = clock;
    this.#hear = hear;
  }

  create(id: string): void {
    if (this.clones.has(id)) return;
    const clone: Living = { id, port: this.#freePort(), status: 'CREATING', readySince: undefined };
    this.clones.set(id, clone);
    this.#later(WORK_MS, () => {
      if (this.clones.get(id) !== clone) return;
      this.#ready(clone);
      this.#tell({ event: 'create', cloneId: id });
    });
  }

  destroy(id: string): void {
    const clone = this.clones.get(id);
    if (clone === undefined || clone.status === 'DELETING') return;
    clone.status = 'DELETING';
    clone.readySince = undefined;
    this.#later(WORK_MS / 4, () => {
      if (this.clones.get(id) !== clone) return;
      this.clones.delete(id);
      this.#tell({ event: 'delete', cloneId: id });
    });
  }

  /** Comes back at another port, and its old one is free at once. */
  reset(id: string): void {
    const clone = this.clones.get(id);
    if (clone?.status !== 'OK') return;
    clone.status = 'RESETTING';
    clone.readySince = undefined;
    this.#later(WORK_MS, () => {
      if (this.clones.get(id) !== clone || clone.status !== 'RESETTING') return;
      clone.port = this.#freePort();
      this.#ready(clone);
      this.#tell({ event: 'reset', cloneId: id });
    });
  }

  /** One that nobody sent, or that comes much too late. */
  forge(hint: Hint): void {
    this.#hear(hint);
  }

  async list(): Promise<readonly Clone[]> {
    const answer = this.forgetful ? [] : [...this.clones.values()].map(shown);
    const isDown = this.down;
    await this.#clock.sleep(this.slowMs);
    if (isDown) throw new EngineError('unreachable', 'The Engine is down.');
    return answer;
  }

  #ready(clone: Living): void {
    clone.status = 'OK';
    clone.readySince = this.#clock.now();
  }

  #freePort(): number {
    const taken = new Set([...this.clones.values()].map(({ port }) => port));
    let port = FIRST_PORT;
    while (taken.has(port)) port += 1;
    return port;
  }

  #tell(hint: Hint): void {
    const { fate } = this;
    if (fate === 'lose') return;
    if (fate === 'late') this.#later(LATE_MS, () => this.#hear(hint));
    else this.#hear(hint);
    if (fate === 'double') this.#hear(hint);
  }

  #later(ms: number, act: () => void): void {
    void this.#clock.sleep(ms).then(act);
  }
}

function shown({ id, port, status }: Living): Clone {
  return {
    ...{ id, status, message: '', user: 'alice', dbName: 'postgres', owner: undefined, createdAt: undefined },
    port: status === 'CREATING' ? undefined : port,
  };
}
