import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EngineError } from '../engine/error.ts';
import type { CompleteLook } from '../sync/audience.ts';
import { planned } from '../sync/change.ts';
import { type Status, starting } from '../sync/status.ts';
import { TeleportError } from '../teleport/error.ts';
import type { Database } from '../teleport/resource.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { fullName, METRICS, type MetricName } from './metric-list.ts';
import { Metrics } from './metrics.ts';
import { metricsPage } from './metrics-page.ts';
import { statusPage } from './status-page.ts';

const DOCS = join(import.meta.dirname, '../../docs');
const POLICY = {
  environment: 'prod',
  cloneHost: '127.0.0.1',
  labels: {},
  app: undefined,
  leaseMs: undefined,
};
const NOTHING = starting({ ...POLICY, userLabel: 'database' }, 'api');
const clone = {
  id: 'a',
  port: 6000,
  name: 'db-a',
  user: 'u',
  database: 'd',
  createdAt: undefined,
  refusal: undefined,
};
const DATABASE: Database = {
  ...{
    kind: 'db',
    name: 'db-a',
    labels: {},
    uri: '127.0.0.1:6000',
    protocol: 'postgres',
    tlsMode: 'insecure',
  },
};

function newMetrics(status: Status = NOTHING) {
  const clock = new FakeClock();
  const metrics = new Metrics('prod', {
    version: '1.2.3',
    status: () => status,
    queueDepth: () => 3,
    identity: () => ({ notBefore: 1_000, expiresAt: 5_000 }),
    clock,
  });
  const value = async (series: string) => {
    const lines = (await metrics.scrape()).split('\n');
    const found = lines.find(
      (line) => sorted(line.slice(0, line.lastIndexOf(' '))) === sorted(`dblab_teleport_${series}`),
    );
    return found === undefined ? undefined : Number(found.split(' ').at(-1));
  };
  return { metrics, clock, value };
}

/** A series whatever the order of its labels. */
function sorted(series: string): string {
  const [name, labels = ''] = series.split(/[{}]/);
  return `${name} ${labels.split(',').sort().join()}`;
}

const look = (deeds: CompleteLook['deeds']) =>
  ({ ok: true, at: 0, durationMs: 250, deeds }) as unknown as CompleteLook;
type Deed = CompleteLook['deeds'][number];
const deed = (outcome: Deed['outcome'] = { ok: true }, then: Deed['then'] = 'done'): Deed => ({
  planned: planned({ action: 'create', resource: DATABASE }, 'new', 'a'),
  ...{ outcome, then, durationMs: 10 },
});
const occasion = { why: 'hint', hinted: new Map([['clone/a', 1_000]]), now: 1_400 } as const;

describe('metrics', () => {
  it('read the moment at the scrape', async () => {
    const { value } = newMetrics({
      ...NOTHING,
      lookedAt: 90_000,
      clones: [
        { ...clone, status: 'OK', standing: 'registered' },
        { ...clone, id: 'b', status: 'SOMETHING NEW', standing: 'not-offered' },
      ],
      held: ['x', 'y'],
    });
    expect(await value('ready{environment="prod"}')).toBe(1);
    expect(await value('in_step{environment="prod"}')).toBe(0);
    expect(await value('clones{state="OK",standing="registered",environment="prod"}')).toBe(1);
    expect(await value('clones{state="other",standing="not-offered",environment="prod"}')).toBe(1);
    expect(await value('registrations{environment="prod"}')).toBe(1);
    expect(await value('held_deletions{environment="prod"}')).toBe(2);
    expect(await value('queue_depth{environment="prod"}')).toBe(3);
    expect(await value('last_good_look_timestamp_seconds{environment="prod"}')).toBe(90);
    expect(await value('identity_expiry_timestamp_seconds{environment="prod"}')).toBe(5);
    expect(await value('transport{transport="api",environment="prod"}')).toBe(1);
    expect(await value('transport{transport="tctl",environment="prod"}')).toBe(0);
    expect(await value('build_info{version="1.2.3",environment="prod"}')).toBe(1);
  });

  it('count changes by what, why and outcome, and how long a webhook took', async () => {
    const { metrics, value } = newMetrics();
    const refused = { ok: false, error: new TeleportError('unreachable', 'x') } as const;
    metrics.looked(look([deed(), deed(refused, 'again')]), NOTHING, occasion);
    const labels = 'kind="db",action="create",reason="new"';
    expect(await value(`changes_total{${labels},outcome="ok",environment="prod"}`)).toBe(1);
    expect(await value(`changes_total{${labels},outcome="unreachable",environment="prod"}`)).toBe(1);
    expect(await value('retries_total{outcome="unreachable",environment="prod"}')).toBe(1);
    expect(await value('webhook_to_stored_seconds_sum{environment="prod"}')).toBeCloseTo(0.4);
    expect(await value('look_duration_seconds_sum{environment="prod"}')).toBeCloseTo(0.25);
  });

  it('count the first agent that serves a new clone, once', async () => {
    const { metrics, clock, value } = newMetrics();
    const hinted = new Map([['clone/a', clock.now()]]);
    metrics.looked(look([deed()]), NOTHING, { ...occasion, hinted, now: clock.now() });
    await clock.advance(1_200);
    const serving = { kind: 'serving', of: 'db', name: 'db-a', host: 'h', hostId: '1' } as const;
    metrics.told(serving);
    metrics.told(serving);
    metrics.told({ ...serving, name: 'of somebody else' });
    expect(await value('webhook_to_served_seconds_count{environment="prod"}')).toBe(1);
    expect(await value('webhook_to_served_seconds_sum{environment="prod"}')).toBeCloseTo(1.2);
  });

  it('count looks that failed, calls and answers', async () => {
    const { metrics, value } = newMetrics();
    metrics.blinded(new EngineError('unauthorized', 'x'));
    metrics.answered(401);
    metrics.engineCall('ok', 20);
    metrics.teleportCall({ call: 'list', transport: 'api', outcome: 'ok' }, 30);
    expect(await value('failed_looks_total{code="unauthorized",environment="prod"}')).toBe(1);
    expect(await value('webhook_requests_total{status="401",environment="prod"}')).toBe(1);
    expect(await value('engine_call_duration_seconds_sum{outcome="ok",environment="prod"}')).toBeCloseTo(
      0.02,
    );
    expect(
      await value(
        'teleport_call_duration_seconds_count{call="list",transport="api",outcome="ok",environment="prod"}',
      ),
    ).toBe(1);
  });
});

describe('names', () => {
  it.each(Object.entries(METRICS))('%s follows the conventions of Prometheus', (name, { type, help }) => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram' || name.includes('timestamp')) expect(name).toMatch(/_seconds$/);
    expect(help).toMatch(/^\S.*\.$/);
  });

  const known = (Object.keys(METRICS) as MetricName[]).map(fullName);
  const named = (text: string) =>
    [...text.matchAll(/dblab_teleport_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));

  it.each(['monitoring/alerts.yml', 'monitoring/dashboard.json', 'runbook.md'])(
    '%s names no metric that does not exist',
    (file) => {
      const names = named(readFileSync(join(DOCS, file), 'utf8'));
      expect(names.length).toBeGreaterThan(0);
      expect(names.filter((name) => !known.includes(name))).toEqual([]);
    },
  );

  it('every alert has a paragraph in the runbook', () => {
    const { groups } = parse(readFileSync(join(DOCS, 'monitoring/alerts.yml'), 'utf8'));
    const runbook = readFileSync(join(DOCS, 'runbook.md'), 'utf8');
    const sections = runbook
      .split(/^## /m)
      .slice(1)
      .map((it) => it.split('\n')[0]);
    const alerts: { alert: string; annotations: { runbook: string } }[] = groups.flatMap(
      (it: { rules: object[] }) => it.rules,
    );
    expect(alerts.map(({ alert }) => alert)).toEqual(sections);
    for (const { alert, annotations } of alerts)
      expect(annotations.runbook).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
  });
});

it.each([
  ['metrics.md', metricsPage()],
  ['api-status.md', statusPage()],
])('%s says what the program does (npm run docs makes it anew)', (file, text) => {
  expect(readFileSync(join(DOCS, 'reference', file), 'utf8')).toBe(text);
});
