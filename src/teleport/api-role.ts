/** Roles, in our words. */
import type { LabelValues, RoleConditions, RoleV6 } from './gen/auth_pb.ts';
import type { LabelMatcher } from './matcher.ts';
import type { Conditions, RoleGrants } from './role.ts';

export function grantsOfMessage({ metadata, spec }: RoleV6): RoleGrants {
  return { name: metadata?.name ?? '', allow: conditions(spec?.allow), deny: conditions(spec?.deny) };
}

function conditions(found: RoleConditions | undefined): Conditions {
  return {
    rules: (found?.rules ?? []).map(({ resources, verbs }) => ({ resources, verbs })),
    labels: { db: matcher(found?.dbLabels), app: matcher(found?.appLabels) },
    byExpression: [
      ...(found?.dbLabelsExpression ? (['db'] as const) : []),
      ...(found?.appLabelsExpression ? (['app'] as const) : []),
    ],
  };
}

function matcher(labels: LabelValues | undefined): LabelMatcher {
  return Object.fromEntries(Object.entries(labels?.values ?? {}).map(([key, { values }]) => [key, values]));
}
