/** Every metric, as data: the registry, the reference page, and the test that dashboards name none that is not there. */

export interface MetricFacts {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly labels?: readonly string[];
  /** Upper bounds, in the metric's unit. */
  readonly buckets?: readonly number[];
}

const PREFIX = 'dblab_teleport_';
/** From a webhook that is served at once to a Teleport that takes its time. */
const LATENCIES = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export const METRICS = {
  build_info: {
    type: 'gauge',
    help: 'Always 1; the version of the program is its label.',
    labels: ['version'],
  },
  ready: { type: 'gauge', help: '1 while databases can be kept in step, as /readyz says; else 0.' },
  in_step: { type: 'gauge', help: '1 while ready and nothing is wrong; else 0.' },
  clones: {
    type: 'gauge',
    help: "Clones by the Engine's state and the standing of their registration.",
    labels: ['state', 'standing'],
  },
  registrations: { type: 'gauge', help: 'Clones that are registered in Teleport.' },
  unserved_registrations: {
    type: 'gauge',
    help: 'Registrations that no agent serves 30 s after they were made.',
  },
  held_deletions: {
    type: 'gauge',
    help: 'Clones whose registrations the guard keeps until it is sure that they are gone.',
  },
  conflicts: { type: 'gauge', help: 'Names that a clone needs and somebody else holds.' },
  waiting_keys: {
    type: 'gauge',
    help: 'Clones, or the app, whose last change was refused and is tried again.',
  },
  queue_depth: { type: 'gauge', help: 'Clones that webhooks named and that no look has taken up yet.' },
  last_good_look_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last complete look at the Engine and at Teleport ended; 0 before the first.',
  },
  identity_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'When the identity expires; 0 while there is none.',
  },
  identity_start_timestamp_seconds: {
    type: 'gauge',
    help: 'Since when the identity is valid; 0 while there is none.',
  },
  transport: { type: 'gauge', help: '1 for the way by which Teleport is reached.', labels: ['transport'] },
  look_duration_seconds: {
    type: 'histogram',
    help: 'Complete looks, from reading Teleport to the last change.',
    buckets: LATENCIES,
  },
  failed_looks_total: {
    type: 'counter',
    help: 'Looks that ended because the Engine or Teleport could not be read, by the reason.',
    labels: ['code'],
  },
  changes_total: {
    type: 'counter',
    help: 'Changes asked of Teleport; the outcome is ok or why it was refused.',
    labels: ['kind', 'action', 'reason', 'outcome'],
  },
  retries_total: {
    type: 'counter',
    help: 'Changes that were refused and are tried again.',
    labels: ['outcome'],
  },
  webhook_requests_total: {
    type: 'counter',
    help: 'Webhooks by the status they were answered with.',
    labels: ['status'],
  },
  webhook_to_stored_seconds: {
    type: 'histogram',
    help: 'From the webhook to the change that Teleport has stored.',
    buckets: LATENCIES,
  },
  webhook_to_served_seconds: {
    type: 'histogram',
    help: 'From the webhook to the first agent that serves the new clone; only where the API is used.',
    buckets: LATENCIES,
  },
  teleport_call_duration_seconds: {
    type: 'histogram',
    help: 'Calls of Teleport: list, apply (several changes), served (agents).',
    labels: ['call', 'transport', 'outcome'],
    buckets: LATENCIES,
  },
  engine_call_duration_seconds: {
    type: 'histogram',
    help: 'Readings of the Engine.',
    labels: ['outcome'],
    buckets: LATENCIES,
  },
} as const satisfies Readonly<Record<string, MetricFacts>>;

export type MetricName = keyof typeof METRICS;

export function fullName(name: MetricName): string {
  return PREFIX + name;
}
