/** Agents that offer databases, as they announce themselves. Pure. */
import { z } from 'zod';
import type { LabelMatcher } from './matcher.ts';

export interface Agent {
  readonly hostId: string;
  readonly hostname: string;
  /** Each selects among the databases that are registered at run time. */
  readonly matchers: readonly LabelMatcher[];
}

const words = z.union([z.string().transform((word) => [word]), z.array(z.string())]);

const agentDocument = z
  .object({
    metadata: z.object({ name: z.string() }),
    spec: z.object({
      hostname: z.string().default(''),
      resources: z.array(z.object({ labels: z.record(z.string(), words).nullish() })).nullish(),
    }),
  })
  .transform(
    ({ metadata, spec }): Agent => ({
      hostId: metadata.name,
      hostname: spec.hostname,
      matchers: (spec.resources ?? []).map(({ labels }) => labels ?? {}),
    }),
  );

/** Reads what `tctl get db_services --format=json` prints. Throws a `ZodError` or a `SyntaxError` for something else. */
export function agentsOf(text: string): Agent[] {
  return z.array(agentDocument).parse(JSON.parse(text));
}
