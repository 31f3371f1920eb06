/** Lives a history through, holding the promises at every write and, once the faults are over, the state. */
import { isOurs } from '../../src/teleport/label.ts';
import { databaseName, hashedDatabaseName } from '../../src/teleport/name.ts';
import { type Database, portOf, type Resource, reference } from '../../src/teleport/resource.ts';
import { subject } from '../../src/teleport/teleport.ts';
import { SimClock } from './clock.ts';
import { type Fate, SimEngine } from './engine.ts';
import { type History, IDS, type Step } from './history.ts';
import { type Bug, SimSidecar } from './sidecar.ts';
import { SimTeleport, type Written } from './teleport.ts';

/** A sweep, the guard's minute, and the longest wait after a refusal. */
const CALM_MS = 430_000;
const FEW = 3;
/** Sparse enough that the guard has seen the clones, or has been silent for long, between two spells of forgetfulness. */
const REMEMBERS_MS = 120_000;
/** An announced deletion needs no second confirmation for the guard's minute. */
const ANNOUNCED_MS = 61_000;

export interface Outcome {
  /** Broken promises; none, if all is well. */
  readonly violations: readonly string[];
  /** What happened, as a table to read. */
  readonly table: string;
  readonly writes: number;
}

export async function live(history: History, bug: Bug = (world) => world): Promise<Outcome> {
  const simulation = new Simulation(history, bug);
  return simulation.live(history.steps);
}

class Simulation {
  readonly #clock: SimClock;
  readonly #engine: SimEngine;
  readonly #teleport: SimTeleport;
  readonly #bug: Bug;
  readonly #isWatchable: boolean;
  #sidecars: SimSidecar[] = [];
  #started = 0;
  /** Only then may a create meet what we made ourselves. */
  #wasAlone = true;
  readonly #rows: string[] = [];
  readonly #violations: string[] = [];
  #writes = 0;
  /** When lists show what a stranger wrote to a name. */
  readonly #strangers = new Map<string, number>();
  /** When a deletion of the clone was last announced, truly or not. */
  readonly #announced = new Map<string, number>();
  /** When the Engine's answers lacked its clones. */
  readonly #forgotten: { readonly from: number; until: number }[] = [];

  constructor({ seed, isWatchable }: History, bug: Bug) {
    this.#clock = new SimClock(seed);
    this.#engine = new SimEngine(this.#clock, (hint) => {
      if (hint.event === 'delete') this.#announced.set(hint.cloneId, this.#clock.now());
      for (const sidecar of this.#sidecars) sidecar.hint(hint);
    });
    this.#teleport = new SimTeleport(this.#clock);
    this.#teleport.onWrite = (written) => this.#wrote(written);
    this.#bug = bug;
    this.#isWatchable = isWatchable;
  }

  async live(steps: readonly Step[]): Promise<Outcome> {
    this.#start();
    // One clone never goes: an Engine without any is a matter for the guard.
    this.#engine.create('rock');
    await this.#clock.advance(3_000);
    for (const { after, what, id } of steps) {
      await this.#clock.advance(after);
      this.#row(`${what} ${id}`);
      this.#happen(what, id);
    }
    this.#heal();
    await this.#clock.advance(CALM_MS);
    this.#check();
    for (const sidecar of this.#sidecars) sidecar.kill();
    await this.#clock.advance(0);
    return { violations: this.#violations, table: this.#rows.join('\n'), writes: this.#writes };
  }

  #happen(what: Step['what'], id: string): void {
    const [noun = '', verb = ''] = what.split(' ');
    if (noun === 'webhooks') this.#engine.fate = verb as Fate;
    else if (noun === 'forge') this.#engine.forge({ event: verb as 'create' | 'delete', cloneId: id });
    else if (noun === 'stranger') this.#interfere(what, id);
    else if (noun === 'engine') this.#strikeEngine(verb);
    else if (noun === 'create' || noun === 'destroy' || noun === 'reset') this.#engine[noun](id);
    else if (noun === 'replace') this.#replace(id);
    else if (noun === 'sidecar' || noun === 'second') this.#strikeSidecars(what);
    else this.#strikeTeleport(what);
  }

  #replace(id: string): void {
    this.#engine.destroy(id);
    const next = IDS.find((it) => !this.#engine.clones.has(it)) ?? id;
    void this.#clock.sleep(120).then(() => this.#engine.create(next));
  }

  #strikeEngine(verb: string): void {
    const engine = this.#engine;
    if (verb === 'down' || verb === 'up') engine.down = verb === 'down';
    else if (verb === 'slow') engine.slowMs = engine.slowMs === 0 ? 3_000 : 0;
    else this.#forget(verb === 'forgets');
    // What is forgotten for as long as the guard waits would rightly be taken for gone.
    if (verb === 'forgets') void this.#clock.sleep(45_000).then(() => this.#forget(false));
  }

  #forget(isForgetful: boolean): void {
    const now = this.#clock.now();
    if (isForgetful && now < (this.#forgotten.at(-1)?.from ?? -Infinity) + REMEMBERS_MS) return;
    if (isForgetful && !this.#engine.forgetful) this.#forgotten.push({ from: now, until: Infinity });
    const last = this.#forgotten.at(-1);
    if (!isForgetful && last !== undefined) last.until = Math.min(last.until, now);
    this.#engine.forgetful = isForgetful;
  }

  #strikeTeleport(what: string): void {
    const teleport = this.#teleport;
    if (what === 'stream cut') teleport.cutStreams();
    else if (what === 'teleport slow') teleport.slowMs = teleport.slowMs === 0 ? 2_000 : 0;
    else if (what === 'teleport lags') teleport.lagMs = teleport.lagMs === 600 ? 5_000 : 600;
    else if (what === 'teleport down') teleport.failure = 'unreachable';
    else if (what === 'identity expires') teleport.failure = 'identity-expired';
    else if (what === 'role denies') teleport.failure = 'rule-denied';
    else teleport.failure = undefined;
    if (what === 'identity renewed') for (const sidecar of this.#sidecars) sidecar.identityChanged();
  }

  #strikeSidecars(what: string): void {
    if (what === 'sidecar killed') {
      this.#wasAlone = false;
      this.#sidecars.shift()?.kill();
      this.#start();
    } else if (what === 'second sidecar' && this.#sidecars.length < 2) {
      this.#wasAlone = false;
      this.#start();
    } else if (what === 'second sidecar ends' && this.#sidecars.length > 1) this.#sidecars.pop()?.kill();
  }

  #interfere(what: Step['what'], id: string): void {
    const ours = [...this.#teleport.backend.values()].filter((it) => isOurs(it, 'prod'));
    const victim = ours.find(({ labels }) => labels['clone_id'] === id) as Database | undefined;
    if (what === 'stranger takes name') {
      const name = databaseName({ environment: 'prod', cloneId: id, port: 6001 });
      if (!this.#teleport.backend.has(`db/${name}`)) this.#meddle({ ...foreign(name) });
    } else if (victim === undefined) return;
    else if (what === 'stranger removes') this.#teleport.remove(reference(victim));
    else if (what === 'stranger repoints') this.#meddle({ ...victim, uri: '10.0.0.9:5432' });
    else this.#meddle({ ...victim, labels: { ...victim.labels, dblab_user: 'mallory', extra: 'x' } });
  }

  #meddle(resource: Database): void {
    this.#teleport.put(resource);
    this.#strangers.set(reference(resource), this.#clock.now() + this.#teleport.lagMs);
  }

  #start(): void {
    this.#started += 1;
    const sidecar = new SimSidecar(`sidecar-${this.#started}`, {
      ...{ clock: this.#clock, engine: this.#engine, teleport: this.#teleport },
      ...{ isWatchable: this.#isWatchable, bug: this.#bug },
    });
    sidecar.onViolation = (what) => this.#violate(what);
    this.#sidecars.push(sidecar);
  }

  #heal(): void {
    this.#row('all faults end');
    this.#forget(false);
    Object.assign(this.#engine, { down: false, slowMs: 0, fate: 'deliver' });
    Object.assign(this.#teleport, { failure: undefined, slowMs: 0, lagMs: 600 });
    for (const sidecar of this.#sidecars) sidecar.identityChanged();
  }

  /** At every write: nobody loses access who should have it, and nothing of others is touched. */
  #wrote({ by, change, answer, before }: Written): void {
    this.#writes += 1;
    const resource = subject(change);
    this.#row(`  ${by}: ${change.action} ${reference(resource)} -> ${answer}`);
    const sidecar = this.#sidecars.find(({ name }) => name === by);
    if (sidecar === undefined) return;
    if (answer === 'ok' && change.action !== 'create') this.#judgeOwner(before, sidecar);
    if (answer === 'ok' && change.action === 'delete' && before !== undefined)
      this.#judgeDelete(before, sidecar);
    if (answer === 'ok' && change.action !== 'delete') this.#judgeTarget(resource, sidecar);
    if (answer === 'already-exists' && this.#wasAlone && before !== undefined && isOurs(before, 'prod'))
      this.#violate(`made twice: ${reference(resource)}`);
  }

  #judgeOwner(before: Resource | undefined, { readTeleportAt }: SimSidecar): void {
    if (before === undefined || isOurs(before, 'prod')) return;
    const shownAt = this.#strangers.get(reference(before)) ?? 0;
    if (shownAt <= readTeleportAt) this.#violate(`wrote to what is not ours: ${reference(before)}`);
  }

  /** What was ready only after both readings could not be known of: the same clone, anew at the same port. */
  #judgeDelete(before: Resource, { readEngineAt, readTeleportAt }: SimSidecar): void {
    const clone = this.#engine.clones.get(before.labels['clone_id'] ?? '');
    if (before.kind !== 'db' || clone?.readySince === undefined || portOf(before.uri) !== clone.port) return;
    const hasAnother = [...this.#teleport.backend.values()].some(
      (it) => it.kind === 'db' && it.labels['clone_id'] === clone.id && it.uri === before.uri,
    );
    if (this.#isToldTwice(clone.id, readEngineAt)) return;
    if (!hasAnother && clone.readySince <= Math.max(readEngineAt, readTeleportAt))
      this.#violate(`deleted the registration of a live clone: ${clone.id}`);
  }

  /** Both of the Engine's voices, its list and its webhook, say that the clone is gone: nobody could know better. */
  #isToldTwice(id: string, readEngineAt: number): boolean {
    const announcedAt = this.#announced.get(id) ?? -Infinity;
    const isForgotten = this.#forgotten.some(
      ({ from, until }) => from <= readEngineAt && readEngineAt <= until,
    );
    return isForgotten && this.#clock.now() - announcedAt <= ANNOUNCED_MS;
  }

  #judgeTarget(resource: Resource, { readEngineAt }: SimSidecar): void {
    if (resource.kind !== 'db') return;
    const port = portOf(resource.uri);
    const owner = [...this.#engine.clones.values()].find(
      (clone) => clone.port === port && clone.readySince !== undefined,
    );
    if (owner === undefined || owner.id === resource.labels['clone_id']) return;
    if ((owner.readySince ?? 0) <= readEngineAt)
      this.#violate(`leads to another clone's data: ${reference(resource)}`);
  }

  /** In the end: every ready clone has its one registration, and nothing else of ours is there. */
  #check(): void {
    const ours = [...this.#teleport.backend.values()].filter(
      (it): it is Database => it.kind === 'db' && isOurs(it, 'prod'),
    );
    const found = ours
      .map(({ labels, uri }) => `${labels['clone_id']} at ${uri} for ${labels['dblab_user']}`)
      .sort();
    const wanted = [...this.#engine.clones.values()]
      .filter((clone) => clone.status === 'OK' && !this.#isContested(clone))
      .map(({ id, port }) => `${id} at 127.0.0.1:${port} for alice`)
      .sort();
    if (found.join() !== wanted.join()) this.#violate(`not in step: found [${found}], wanted [${wanted}]`);
    for (const { name, queue } of this.#sidecars) {
      if (queue.depth > 0 || queue.failures().length > 0)
        this.#violate(`${name} still has work after ${CALM_MS} ms`);
    }
    // A handful per sidecar, and what late webhooks and streams still hold.
    if (this.#clock.sleepers > 40 * FEW) this.#violate(`${this.#clock.sleepers} timers are left`);
  }

  /** Somebody else holds the name: told of, and not ours to take. */
  #isContested({ id, port }: { id: string; port: number }): boolean {
    const names = [databaseName, hashedDatabaseName].map((nameOf) =>
      nameOf({ environment: 'prod', cloneId: id, port }),
    );
    const holder = this.#teleport.backend.get(`db/${names[0]}`);
    return holder !== undefined && !isOurs(holder, 'prod');
  }

  #violate(what: string): void {
    this.#violations.push(what);
    this.#row(`VIOLATION ${what}`);
  }

  #row(text: string): void {
    this.#rows.push(`${String((this.#clock.now() - 1_000_000) / 1_000).padStart(9)} s  ${text}`);
  }
}

function foreign(name: string): Database {
  return {
    ...{ kind: 'db', name, labels: { team: 'others' } },
    ...{ uri: '10.1.1.1:5432', protocol: 'postgres', tlsMode: 'insecure' },
  };
}
