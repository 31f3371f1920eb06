import { z } from 'zod';
import type { Requests } from './requests.ts';

/* What the Engine says of itself, as its own documents, with their keys in its order. */

export type InstanceDocument = z.output<typeof instanceDocument>;
export type PoolDocument = z.output<typeof poolDocument>;
export type HealthDocument = z.output<typeof healthDocument>;

const size = z.number().nullish();

const poolDocument = z.looseObject({
  name: z.string(),
  mode: z.string().nullish(),
  dataStateAt: z.string().nullish(),
  status: z.string().nullish(),
  cloneList: z.array(z.string()).nullish(),
  fileSystem: z
    .looseObject({
      mode: z.string().nullish(),
      size,
      free: size,
      used: size,
      dataSize: size,
      usedBySnapshots: size,
      usedByClones: size,
    })
    .nullish(),
});

const instanceDocument = z.looseObject({
  status: z.looseObject({ code: z.string(), message: z.string().nullish() }),
  engine: z
    .looseObject({
      version: z.string().nullish(),
      edition: z.string().nullish(),
      billingActive: z.boolean().nullish(),
      instanceID: z.string().nullish(),
      startedAt: z.string().nullish(),
    })
    .nullish(),
  pools: z.array(poolDocument).nullish(),
  cloning: z
    .looseObject({ expectedCloningTime: z.number().nullish(), numClones: z.number().nullish() })
    .nullish(),
  retrieving: z
    .looseObject({
      mode: z.string().nullish(),
      status: z.string().nullish(),
      lastRefresh: z.string().nullish(),
      nextRefresh: z.string().nullish(),
      alerts: z
        .record(z.string(), z.looseObject({ level: z.string().nullish(), message: z.string().nullish() }))
        .nullish(),
    })
    .nullish(),
});

const healthDocument = z.looseObject({
  version: z.string(),
  edition: z.string().nullish(),
  instanceID: z.string().nullish(),
});

export function readInstance({ read }: Requests, signal: AbortSignal): Promise<InstanceDocument> {
  return read({ method: 'GET', path: '/status' }, instanceDocument, signal);
}

/** Needs no token. */
export function readHealth({ read }: Requests, signal: AbortSignal): Promise<HealthDocument> {
  return read({ method: 'GET', path: '/healthz' }, healthDocument, signal);
}

/** Resolves with the Engine's own words when the refresh has begun; it takes as long as the data needs. */
export async function startFullRefresh({ read }: Requests, signal: AbortSignal): Promise<string> {
  const answer = z.object({ message: z.string() });
  return (await read({ method: 'POST', path: '/full-refresh' }, answer, signal)).message;
}
