import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { Secret } from '../../lib/secret.ts';
import { answer } from './api.ts';
import { type CloneRecord, cloneView, eventOf } from './clone.ts';
import { type Clones, openClones } from './clones.ts';
import type { CloneDatabases } from './database.ts';
import { type Faults, noFaults } from './faults.ts';
import type { Instance } from './instance.ts';
import { createListener } from './listener.ts';
import { type CloneOrder, checkOrder } from './order.ts';
import { openPorts, type PortPool } from './ports.ts';
import { internalError } from './refusal.ts';
import { openRepository, type Repository, snapshotFor } from './repository.ts';
import { openRetrieval } from './retrieval.ts';
import type { ApiSubject } from './route.ts';
import { openWebhooks, type Webhook } from './webhooks.ts';

/*
 * A stand-in DBLab Engine: the real API, states, error bodies, editions and webhooks, over clones that have
 * a real database (`databases`) or none. It behaves like the Engine where the Engine is odd, and misbehaves
 * on demand (`faults`). It knows nothing of Teleport.
 */

export interface SandboxEngineOptions {
  /** Address to listen at; any free port of the loopback by default. */
  readonly host?: string;
  readonly port?: number;
  /** Empty, the default: every request is allowed. */
  readonly token?: Secret;
  readonly edition?: string;
  readonly version?: string;
  /** The clones' ports, inclusive; `from: 0` means any free port for each clone. */
  readonly ports?: PortPool;
  /** `cloning.accessHost`: what clones call their host. */
  readonly accessHost?: string;
  /** Closed by whoever opened it, after this engine. Left out: clones without a database. */
  readonly databases?: CloneDatabases;
  /** The first one has data, the others are spare: a full refresh needs one. */
  readonly pools?: readonly string[];
  /** How long a creation, a reset or a removal takes without databases. */
  readonly workMs?: number;
  /** How long a refresh takes; as `workMs` unless given. */
  readonly refreshMs?: number;
  readonly webhooks?: readonly Webhook[];
  /** `platform.bindClonesToUser`: clones carry the e-mail of header `X-Forwarded-User-Email`. */
  readonly bindClonesToUser?: boolean;
  readonly clock?: Clock;
}

/** A clone as the API shows it. */
export type CloneView = ReturnType<typeof cloneView>;

export interface SandboxEngine {
  readonly url: string;
  readonly port: number;
  readonly faults: Faults;
  setWebhooks(hooks: readonly Webhook[]): void;
  /** As `POST /clone`, for a clone of the user `dblab_user` unless told otherwise. Throws a `Refusal`. */
  create(order?: Partial<CloneOrder>): CloneView;
  destroy(id: string): void;
  /** With `moved` the clone comes back at another port. */
  reset(id: string, options?: { readonly moved?: boolean }): void;
  /** Gives a clone any status, also one that the Engine does not know, without an event. */
  forceStatus(id: string, code: string): void;
  clones(): readonly CloneView[];
  /** Resolves when the clone is ready, failed or gone, and returns it. */
  settled(id: string): Promise<CloneView | undefined>;
  /** Closes the port, as a crash does; the clones stay and `start` opens the same port again. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops for good; resolves when nothing runs in the background any more. */
  close(): Promise<void>;
}

const DEFAULT_ORDER: CloneOrder = {
  id: '',
  username: 'dblab_user',
  password: 'secret_password',
  dbName: '',
  restricted: false,
  branch: '',
  snapshotId: '',
  protected: false,
  protectionDurationMinutes: undefined,
  settings: {},
  owner: '',
};

/** Listens when it resolves; rejects when the port is taken. */
export async function startSandboxEngine(options: SandboxEngineOptions = {}): Promise<SandboxEngine> {
  const { clock = systemClock, databases, host = '127.0.0.1', accessHost = 'localhost' } = options;
  const faults = noFaults();
  const closing = new AbortController();
  setMaxListeners(0, closing.signal); // one for each thing under way
  const instance = instanceOf(options, clock);
  const webhooks = openWebhooks(faults, clock, closing.signal);
  webhooks.set(options.webhooks ?? []);
  const background = { workMs: options.workMs ?? 20, clock, closing: closing.signal };
  const repository = openRepository(options.pools ?? ['dblab_pool', 'dblab_spare'], clock);
  const refreshMs = options.refreshMs ?? background.workMs;
  const retrieval = openRetrieval({ ...background, repository, refreshMs });
  const clones = openClones({
    ...background,
    ports: openPorts(options.ports ?? { from: 6000, to: 6099 }, databases !== undefined, clock),
    databases,
    emit: (type, clone) => webhooks.emit(eventOf(type, clone, accessHost)),
  });
  const shown = () => (faults.answers === 'empty-clones' ? [] : clones.list());
  const view = (clone: CloneRecord) => cloneView(clone, accessHost);
  const create = (order: CloneOrder) => {
    checkOrder(order);
    return clones.create({ ...order, owner: ownerOf(order) }, snapshotFor(repository, order));
  };
  const subject: ApiSubject = {
    ...clones,
    instance,
    repository,
    retrieval,
    now: () => clock.now(),
    clones: shown,
    view,
    create,
    reset: (id, snapshotId) => resetOnto(snapshotId, id, { clones, repository }),
    emit: (type, id) => webhooks.emit({ event_type: type, entity_id: id }),
  };
  const listener = createListener({
    host,
    port: options.port ?? 0,
    token: options.token ?? new Secret(''),
    bindClonesToUser: options.bindClonesToUser ?? false,
    faults,
    clock,
    answer: (request) => answer(subject, request),
  });
  await listener.start();
  return {
    url: `http://${host}:${listener.port()}`,
    port: listener.port(),
    faults,
    setWebhooks: webhooks.set,
    create: (order = {}) => view(create({ ...DEFAULT_ORDER, ...order })),
    destroy: clones.destroy,
    reset: clones.reset,
    forceStatus: (id, code) => forceStatus(clones, id, code),
    clones: () => clones.list().map(view),
    async settled(id) {
      await clones.settled(id);
      const clone = clones.get(id);
      return clone && view(clone);
    },
    start: listener.start,
    stop: listener.stop,
    async close() {
      closing.abort();
      await listener.stop();
      webhooks.close();
      await Promise.all([clones.idle(), retrieval.idle()]);
    },
  };
}

function instanceOf(
  { edition = 'standard', version = 'v4.1.0-20260407-1107' }: SandboxEngineOptions,
  clock: Clock,
): Instance {
  return { edition, version, instanceID: 'd0abcdefghij0123456g', startedAt: clock.now() };
}

interface ResetParts {
  readonly clones: Clones;
  readonly repository: Repository;
}

/** An e-mail outside the Engine's pattern is left out: the clone is made without an owner. */
function ownerOf({ owner }: CloneOrder): string {
  return /^[a-zA-Z0-9._@-]{1,254}$/.test(owner) ? owner : '';
}

function resetOnto(snapshotId: string | undefined, id: string, parts: ResetParts): void {
  const snapshot = snapshotId ? parts.repository.snapshot(snapshotId) : undefined;
  if (snapshotId && snapshot === undefined) throw internalError('no snapshot found');
  parts.clones.reset(id, snapshot === undefined ? {} : { snapshot });
}

function forceStatus(clones: Clones, id: string, code: string): void {
  const clone = clones.get(id);
  if (clone === undefined) throw new Error(`the sandbox has no clone ${id}`);
  clone.status = { code, message: '' };
}
