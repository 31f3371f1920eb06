import { z } from 'zod';
import { readiness } from '../sync/readiness.ts';
import type { Service } from '../sync/servers.ts';
import type { CloneStatus, Status } from '../sync/status.ts';
import { heldSentence, troublesOf } from '../sync/trouble.ts';

export type StatusDocument = z.output<typeof statusDocument>;

const time = z.iso.datetime();

const clone = z.object({
  id: z.string().describe("the Engine's id"),
  status: z.string().describe("the Engine's word for its state: `OK`, `CREATING`, ..."),
  port: z.number().nullable().describe('null until it has one'),
  standing: z.string().describe('`registered`, `waiting`, `conflict`, `disputed` or `not-offered`'),
  name: z.string().nullable().describe('of the registration, where there is one'),
  servedBy: z
    .array(z.string())
    .nullable()
    .describe('hosts whose agents serve it; null where Teleport does not tell'),
  createdAt: z.string().nullable().default(null).describe('as the Engine says it'),
  error: z.string().nullable().default(null).describe('why its registration waits'),
  connect: z.string().nullable().default(null).describe('what a colleague types'),
});

/** What /api/status answers. Fields may be added: whoever reads it ignores what they do not know. */
export const statusDocument = z.object({
  environment: z.string().describe('whose sidecar it is'),
  transport: z.string().describe('by which way Teleport is reached: `api` or `tctl`'),
  ready: z.boolean().describe('as /readyz says it'),
  troubles: z
    .array(z.string())
    .describe('what is wrong and what to do about it, in sentences; none when all is in step'),
  lookedAt: time
    .nullable()
    .describe('end of the last complete look at the Engine and at Teleport; null before the first'),
  app: z.string().describe("the Engine's API as an app, in the words of `standing`"),
  clones: z.array(clone),
  held: z
    .object({ clones: z.array(z.string()), why: z.string().nullable() })
    .default({ clones: [], why: null })
    .describe('clones whose registrations the guard keeps although the Engine lists them no more'),
  identity: z
    .object({ user: z.string(), expiresAt: time, renewedAt: time })
    .nullable()
    .default(null)
    .describe('what the sidecar shows to Teleport; null while there is none'),
  changes: z
    .array(z.object({ at: time, what: z.string(), resource: z.string(), refusal: z.string().nullable() }))
    .default([])
    .describe('what was done lately, the newest first'),
  plan: z.array(z.string()).default([]).describe('what the last complete look decided to do'),
});

/** What the process knows beside the status. */
export interface Surroundings {
  readonly identity: StatusDocument['identity'];
  readonly changes: StatusDocument['changes'];
  readonly plan: StatusDocument['plan'];
}

const NOTHING: Surroundings = { identity: null, changes: [], plan: [] };

export function documentOf(status: Status, surroundings: Surroundings = NOTHING): StatusDocument {
  const { environment, transport, blindness, lookedAt, app, clones, service, held } = status;
  const { ready, sentence } = readiness(status);
  const isBlind = blindness !== undefined || lookedAt === undefined;
  return {
    environment,
    transport,
    ready,
    troubles: [...(isBlind ? [sentence] : []), ...troublesOf(status)],
    lookedAt: lookedAt === undefined ? null : new Date(lookedAt).toISOString(),
    app,
    clones: clones.map((it) => cloneOf(it, service)),
    held: { clones: [...held], why: held.length > 0 ? heldSentence(held) : null },
    ...surroundings,
  };
}

function cloneOf(clone: CloneStatus, service: Service): StatusDocument['clones'][number] {
  const { id, status, port, standing, name, createdAt, refusal } = clone;
  return {
    id,
    status,
    port: port ?? null,
    standing,
    name: name ?? null,
    servedBy: hostsOf(service, name),
    createdAt: createdAt ?? null,
    error: refusal ?? null,
    connect: standing === 'registered' ? commandOf(clone) : null,
  };
}

/** Names that Teleport and PostgreSQL allow need quotes where a shell would read more into them. */
function commandOf({ name = '', user, database }: CloneStatus): string {
  const quoted = (word: string) => (/^[\w.@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
  const as = user === '' ? '' : ` --db-user ${quoted(user)}`;
  return `tsh db connect ${name}${as} --db-name ${quoted(database || 'postgres')}`;
}

function hostsOf({ isKnown, servers }: Service, name: string | undefined): string[] | null {
  if (!isKnown) return null;
  return [...new Set(servers.get(name ?? '')?.map((server) => server.host))].sort();
}
