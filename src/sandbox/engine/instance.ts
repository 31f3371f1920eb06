import { PROTECTION_LEASE_MINUTES, PROTECTION_MAX_MINUTES } from './clone.ts';
import type { Repository } from './repository.ts';
import type { Retrieval } from './retrieval.ts';
import { wholeSeconds } from './time.ts';

/** What the stand-in Engine says of itself. */
export interface Instance {
  readonly edition: string;
  readonly version: string;
  readonly instanceID: string;
  readonly startedAt: number;
}

export interface InstanceParts {
  readonly instance: Instance;
  readonly repository: Repository;
  readonly retrieval: Retrieval;
}

export function healthView({ version, edition, instanceID }: Instance) {
  return { version, edition, instanceID };
}

/** `GET /status`; `views` are the clones as the API shows them. */
export function statusView(parts: InstanceParts, views: readonly CloneShown[]) {
  const { instance, retrieval } = parts;
  return {
    status: { code: 'OK', message: 'Instance is ready' },
    engine: {
      version: instance.version,
      edition: instance.edition,
      billingActive: instance.edition !== 'community',
      instanceID: instance.instanceID,
      startedAt: wholeSeconds(instance.startedAt),
      telemetry: false,
      disableConfigModification: false,
    },
    pools: poolViews(parts, views),
    cloning: {
      expectedCloningTime: 1,
      numClones: views.length,
      clones: views,
      protectionLeaseDurationMinutes: PROTECTION_LEASE_MINUTES,
      protectionMaxDurationMinutes: PROTECTION_MAX_MINUTES,
    },
    retrieving: retrieval.view(),
    provisioner: { dockerImage: 'postgresai/extended-postgres:18', containerConfig: {} },
    synchronization: null,
  };
}

interface CloneShown {
  readonly id: string;
  readonly snapshot: { readonly pool: string };
}

function poolViews({ repository, retrieval }: InstanceParts, views: readonly CloneShown[]) {
  const { pools, snapshots } = repository;
  return pools.map((name) => {
    const [newest] = snapshots.filter(({ pool }) => pool === name);
    const status = retrieval.busy === name ? 'refreshing' : newest === undefined ? 'empty' : 'active';
    return poolView(
      { name, status, dataStateAt: newest === undefined ? '' : wholeSeconds(newest.createdAt) },
      views.filter(({ snapshot }) => snapshot.pool === name).map(({ id }) => id),
    );
  });
}

interface PoolState {
  readonly name: string;
  readonly status: 'active' | 'refreshing' | 'empty';
  /** Empty where there is no data. */
  readonly dataStateAt: string;
}

function poolView({ name, status, dataStateAt }: PoolState, cloneList: readonly string[]) {
  const used = dataStateAt === '' ? 245_248 : 1_073_741_824;
  return {
    name,
    mode: 'zfs',
    dataStateAt,
    status,
    cloneList,
    fileSystem: {
      mode: 'zfs',
      size: 30_685_528_064,
      free: 30_685_528_064 - used,
      used,
      dataSize: dataStateAt === '' ? 12_288 : 1_073_741_824,
      usedBySnapshots: dataStateAt === '' ? 0 : 20_480,
      usedByClones: 486_400 * cloneList.length,
      compressRatio: dataStateAt === '' ? 1 : 1.8,
    },
  };
}
