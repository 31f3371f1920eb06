import type { CloneRecord } from './clone.ts';
import { PROTECTION_LEASE_MINUTES, PROTECTION_MAX_MINUTES, wholeSeconds } from './clone.ts';

/** What the stand-in Engine says of itself: one pool, one branch, one snapshot. */
export interface Instance {
  readonly edition: string;
  readonly version: string;
  readonly instanceID: string;
  readonly startedAt: number;
}

const POOL = 'dblab_pool';
export const BRANCH = 'main';

export function snapshotId(instance: Instance): string {
  return `${POOL}@snapshot_${stamp(instance)}`;
}

export function healthView({ version, edition, instanceID }: Instance) {
  return { version, edition, instanceID };
}

export function snapshotView(instance: Instance, clones: readonly CloneRecord[]) {
  return {
    id: snapshotId(instance),
    createdAt: wholeSeconds(instance.startedAt),
    dataStateAt: wholeSeconds(instance.startedAt),
    physicalSize: 20_480,
    logicalSize: 1_073_741_824,
    pool: POOL,
    numClones: clones.length,
    clones: clones.map(({ id }) => id),
    branch: BRANCH,
    message: '',
    protected: false,
  };
}

export function branchView(instance: Instance) {
  return {
    name: BRANCH,
    baseDataset: POOL,
    parent: BRANCH,
    dataStateAt: stamp(instance),
    snapshotID: snapshotId(instance),
    dataset: POOL,
    numSnapshots: 1,
    protected: false,
  };
}

/** `GET /status`; `views` are the clones as the API shows them. */
export function statusView(instance: Instance, views: readonly { readonly id: string }[]) {
  const since = wholeSeconds(instance.startedAt);
  return {
    status: { code: 'OK', message: 'Instance is ready' },
    engine: {
      version: instance.version,
      edition: instance.edition,
      billingActive: instance.edition !== 'community',
      instanceID: instance.instanceID,
      startedAt: since,
      telemetry: false,
      disableConfigModification: false,
    },
    pools: [poolView(since, views)],
    cloning: {
      expectedCloningTime: 1,
      numClones: views.length,
      clones: views,
      protectionLeaseDurationMinutes: PROTECTION_LEASE_MINUTES,
      protectionMaxDurationMinutes: PROTECTION_MAX_MINUTES,
    },
    retrieving: {
      mode: 'logical',
      status: 'finished',
      lastRefresh: since,
      nextRefresh: null,
      alerts: {},
      activity: null,
    },
    provisioner: { dockerImage: 'postgresai/extended-postgres:18', containerConfig: {} },
    synchronization: null,
  };
}

function poolView(since: string, views: readonly { readonly id: string }[]) {
  return {
    name: POOL,
    mode: 'zfs',
    dataStateAt: since,
    status: 'active',
    cloneList: views.map(({ id }) => id),
    fileSystem: {
      mode: 'zfs',
      size: 30_685_528_064,
      free: 29_611_786_240,
      used: 1_073_741_824,
      dataSize: 1_073_741_824,
      usedBySnapshots: 20_480,
      usedByClones: 486_400 * views.length,
      compressRatio: 1.8,
    },
  };
}

function stamp(instance: Instance): string {
  return wholeSeconds(instance.startedAt).replace(/\D/g, '');
}
