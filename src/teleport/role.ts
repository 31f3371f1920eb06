/** What roles allow, as far as the sidecar depends on it, and what they lack. Pure. */
import { z } from 'zod';
import { type LabelMatcher, matchesLabels } from './matcher.ts';
import type { Labels } from './resource.ts';

export interface RoleGrants {
  readonly name: string;
  readonly allow: Conditions;
  readonly deny: Conditions;
}

export interface Conditions {
  readonly rules: readonly Rule[];
  readonly labels: Readonly<Record<Kind, LabelMatcher>>;
  /** Kinds whose labels are asked for by an expression, which only Teleport can read. */
  readonly byExpression: readonly Kind[];
}

export interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

type Kind = 'db' | 'app';

/** Something that the sidecar needs and no role gives. */
export interface MissingGrant {
  readonly what: Kind;
  /** The lines to add under `spec.allow`. */
  readonly yaml: string;
}

/** Every local user may list and read: what labels forbid is then left out of lists without a word. */
const IMPLICIT = ['list', 'read'];
const VERBS = ['list', 'create', 'read', 'update', 'delete'];

/** What is missing for registrations with these labels. */
export function missingGrants(roles: readonly RoleGrants[], labels: Labels): MissingGrant[] {
  return (['db', 'app'] as const).flatMap((what) => {
    const missing: MissingGrant[] = [];
    const verbs = VERBS.filter((verb) => !mayDo(roles, verb, what));
    if (verbs.length > 0) {
      missing.push({ what, yaml: `rules:\n  - resources: [${what}]\n    verbs: [${VERBS.join(', ')}]` });
    }
    if (!reaches(roles, what, labels)) missing.push({ what, yaml: `${what}_labels:\n  '*': '*'` });
    return missing;
  });
}

/** Whether the roles together have the verb on the kind of resource, whatever its labels. */
export function mayDo(roles: readonly RoleGrants[], verb: string, resource: string): boolean {
  const has = ({ rules }: Conditions) =>
    rules.some(({ resources, verbs }) => covers(resources, resource) && covers(verbs, verb));
  if (roles.some(({ deny }) => has(deny))) return false;
  const isImplicit = (resource === 'db' || resource === 'app') && IMPLICIT.includes(verb);
  return isImplicit || roles.some(({ allow }) => has(allow));
}

function reaches(roles: readonly RoleGrants[], kind: Kind, labels: Labels): boolean {
  if (roles.some(({ deny }) => matchesLabels(deny.labels[kind], labels))) return false;
  return roles.some(
    ({ allow }) => allow.byExpression.includes(kind) || matchesLabels(allow.labels[kind], labels),
  );
}

function covers(words: readonly string[], word: string): boolean {
  return words.includes('*') || words.includes(word);
}

const words = z.union([z.string().transform((word) => [word]), z.array(z.string())]);
const matcher = z.record(z.string(), words).nullish();

const conditions = z
  .object({
    rules: z.array(z.object({ resources: words.nullish(), verbs: words.nullish() })).nullish(),
    db_labels: matcher,
    app_labels: matcher,
    db_labels_expression: z.string().nullish(),
    app_labels_expression: z.string().nullish(),
  })
  .nullish()
  .transform(
    (found): Conditions => ({
      rules: (found?.rules ?? []).map(({ resources, verbs }) => ({
        resources: resources ?? [],
        verbs: verbs ?? [],
      })),
      labels: { db: found?.db_labels ?? {}, app: found?.app_labels ?? {} },
      byExpression: [
        ...(found?.db_labels_expression ? (['db'] as const) : []),
        ...(found?.app_labels_expression ? (['app'] as const) : []),
      ],
    }),
  );

const roleDocument = z
  .object({
    metadata: z.object({ name: z.string() }),
    spec: z.object({ allow: conditions, deny: conditions }),
  })
  .transform(({ metadata, spec }): RoleGrants => ({ name: metadata.name, ...spec }));

/** Reads a role as `tctl get role/NAME --format=json` prints it. Throws a `ZodError` for something else. */
export function grantsOf(document: unknown): RoleGrants {
  return roleDocument.parse(document);
}
