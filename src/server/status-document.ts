import { z } from 'zod';
import { readiness } from '../sync/readiness.ts';
import type { Service } from '../sync/servers.ts';
import type { Status } from '../sync/status.ts';
import { troublesOf } from '../sync/trouble.ts';

export type StatusDocument = z.output<typeof statusDocument>;

/** What /api/status answers. Fields may be added: whoever reads it ignores what they do not know. */
export const statusDocument = z.object({
  environment: z.string(),
  /** By which way Teleport is reached: `api` or `tctl`. */
  transport: z.string(),
  /** As /readyz says it. */
  ready: z.boolean(),
  /** What is wrong and what to do about it, in sentences; none when all is in step. */
  troubles: z.array(z.string()),
  /** End of the last complete look at the Engine and at Teleport; null before the first. */
  lookedAt: z.iso.datetime().nullable(),
  /** The Engine's API as an app, in the words of `standing`. */
  app: z.string(),
  clones: z.array(
    z.object({
      id: z.string(),
      /** The Engine's word. */
      status: z.string(),
      port: z.number().nullable(),
      /** `registered`, `waiting`, `conflict`, `disputed` or `not-offered`. */
      standing: z.string(),
      /** Of the registration, where there is one. */
      name: z.string().nullable(),
      /** Hosts whose agents serve it; null where Teleport does not tell. */
      servedBy: z.array(z.string()).nullable(),
    }),
  ),
});

export function documentOf(status: Status): StatusDocument {
  const { environment, transport, blindness, lookedAt, app, clones, service } = status;
  const { ready, sentence } = readiness(status);
  const isBlind = blindness !== undefined || lookedAt === undefined;
  return {
    environment,
    transport,
    ready,
    troubles: [...(isBlind ? [sentence] : []), ...troublesOf(status)],
    lookedAt: lookedAt === undefined ? null : new Date(lookedAt).toISOString(),
    app,
    clones: clones.map(({ id, status: word, port, standing, name }) => ({
      id,
      status: word,
      port: port ?? null,
      standing,
      name: name ?? null,
      servedBy: hostsOf(service, name),
    })),
  };
}

function hostsOf({ isKnown, servers }: Service, name: string | undefined): string[] | null {
  if (!isKnown) return null;
  return [...new Set(servers.get(name ?? '')?.map((server) => server.host))].sort();
}
