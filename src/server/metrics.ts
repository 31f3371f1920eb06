/** What Prometheus reads. Told by the loop and by who makes calls; what is a matter of the moment is read at the scrape. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from 'prom-client';
import type { Clock } from '../lib/clock.ts';
import type { Audience, CompleteLook, Occasion } from '../sync/audience.ts';
import type { Deed } from '../sync/pass.ts';
import { readiness } from '../sync/readiness.ts';
import type { Status } from '../sync/status.ts';
import { troublesOf } from '../sync/trouble.ts';
import type { TeleportEvent } from '../teleport/event.ts';
import type { Identity } from '../teleport/identity.ts';
import { subject } from '../teleport/teleport.ts';
import { fullName, METRICS, type MetricFacts, type MetricName } from './metric-list.ts';

export interface MetricSources {
  readonly version: string;
  readonly status: () => Status;
  readonly queueDepth: () => number;
  readonly identity: () => Pick<Identity, 'notBefore' | 'expiresAt'> | undefined;
  readonly clock: Clock;
}

/** The Engine's words for states are few; one that is not known must not make a new series each. */
const STATES: ReadonlySet<string> = new Set([
  ...['OK', 'WARNING', 'EXPORTING', 'CREATING', 'RESETTING', 'DELETING', 'FATAL'],
]);
/** New clones whose first agent is waited for. */
const MOST_WAITING = 10_000;

export class Metrics implements Audience {
  readonly #registry = new Registry();
  readonly #metrics: ReadonlyMap<MetricName, Metric>;
  readonly #sources: MetricSources;
  /** Names of new registrations, with the time of the webhook. */
  readonly #unserved = new Map<string, number>();

  constructor(environment: string, sources: MetricSources) {
    this.#sources = sources;
    this.#registry.setDefaultLabels({ environment });
    const names = Object.keys(METRICS) as MetricName[];
    this.#metrics = new Map(names.map((name) => [name, this.#make(name)]));
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge('build_info').set({ version: sources.version }, 1);
  }

  /** In the text format of Prometheus. */
  async scrape(): Promise<string> {
    this.#readMoment();
    return this.#registry.metrics();
  }

  looked(look: CompleteLook, _status: Status, { hinted, now }: Occasion): void {
    this.#histogram('look_duration_seconds').observe(look.durationMs / 1_000);
    for (const deed of look.deeds) this.#did(deed, hinted, now);
  }

  remark(): void {}

  blinded(error: { readonly code: string }): void {
    this.#counter('failed_looks_total').inc({ code: error.code });
  }

  answered(status: number): void {
    this.#counter('webhook_requests_total').inc({ status: String(status) });
  }

  told(event: TeleportEvent): void {
    if (event.kind !== 'serving' || event.of !== 'db') return;
    const hintedAt = this.#unserved.get(event.name);
    if (hintedAt === undefined) return;
    this.#unserved.delete(event.name);
    this.#histogram('webhook_to_served_seconds').observe((this.#sources.clock.now() - hintedAt) / 1_000);
  }

  teleportCall(
    call: { readonly call: string; readonly transport: string; readonly outcome: string },
    ms: number,
  ): void {
    this.#histogram('teleport_call_duration_seconds').observe(call, ms / 1_000);
  }

  engineCall(outcome: string, ms: number): void {
    this.#histogram('engine_call_duration_seconds').observe({ outcome }, ms / 1_000);
  }

  #did({ planned, outcome, then }: Deed, hinted: ReadonlyMap<string, number>, now: number): void {
    const { change, reason, key } = planned;
    const { kind, name } = subject(change);
    const result = outcome.ok ? 'ok' : outcome.error.code;
    this.#counter('changes_total').inc({ kind, action: change.action, reason, outcome: result });
    if (then === 'again') this.#counter('retries_total').inc({ outcome: result });
    const hintedAt = hinted.get(key);
    if (!outcome.ok || hintedAt === undefined) return;
    this.#histogram('webhook_to_stored_seconds').observe((now - hintedAt) / 1_000);
    const isNew = change.action === 'create' && kind === 'db';
    if (isNew && this.#unserved.size < MOST_WAITING) this.#unserved.set(name, hintedAt);
  }

  #readMoment(): void {
    const { status: now, queueDepth, identity } = this.#sources;
    const status = now();
    const { ready } = readiness(status);
    this.#readClones(status);
    this.#gauge('ready').set(Number(ready));
    this.#gauge('in_step').set(Number(ready && troublesOf(status).length === 0));
    this.#gauge('held_deletions').set(status.held.length);
    this.#gauge('conflicts').set(status.conflicts.length);
    this.#gauge('waiting_keys').set(status.failures.length);
    this.#gauge('unserved_registrations').set(status.service.unserved.length);
    this.#gauge('queue_depth').set(queueDepth());
    this.#gauge('last_good_look_timestamp_seconds').set((status.lookedAt ?? 0) / 1_000);
    this.#gauge('identity_expiry_timestamp_seconds').set((identity()?.expiresAt ?? 0) / 1_000);
    this.#gauge('identity_start_timestamp_seconds').set((identity()?.notBefore ?? 0) / 1_000);
    const transport = this.#gauge('transport');
    for (const name of ['api', 'tctl']) transport.set({ transport: name }, Number(name === status.transport));
  }

  #readClones({ clones }: Status): void {
    const gauge = this.#gauge('clones');
    gauge.reset();
    for (const { status, standing } of clones) {
      gauge.inc({ state: STATES.has(status) ? status : 'other', standing });
    }
    this.#gauge('registrations').set(clones.filter(({ standing }) => standing === 'registered').length);
  }

  #make(name: MetricName): Metric {
    const { type, help, labels = [], buckets = [] }: MetricFacts = METRICS[name];
    const options = { name: fullName(name), help, labelNames: [...labels], registers: [this.#registry] };
    if (type === 'counter') return new Counter(options);
    return type === 'gauge' ? new Gauge(options) : new Histogram({ ...options, buckets: [...buckets] });
  }

  #gauge(name: MetricName): Gauge {
    return this.#metrics.get(name) as Gauge;
  }

  #counter(name: MetricName): Counter {
    return this.#metrics.get(name) as Counter;
  }

  #histogram(name: MetricName): Histogram {
    return this.#metrics.get(name) as Histogram;
  }
}
