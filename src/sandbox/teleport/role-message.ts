import { create } from '@bufbuild/protobuf';
import {
  type LabelValues,
  LabelValuesSchema,
  type RoleV6,
  RoleV6Schema,
  StringValuesSchema,
} from '../../teleport/gen/auth_pb.ts';
import type { LabelMatcher } from '../../teleport/matcher.ts';
import type { Role } from './role.ts';

/** A role as a message of Teleport's API. */
export function toRole({ name, role }: { readonly name: string; readonly role: Role }): RoleV6 {
  const { rules, dbLabels, appLabels } = role;
  return create(RoleV6Schema, {
    metadata: { name },
    spec: {
      allow: {
        rules: rules.map(({ resources, verbs }) => ({ resources: [...resources], verbs: [...verbs] })),
        dbLabels: labels(dbLabels),
        appLabels: labels(appLabels),
      },
    },
  });
}

function labels(matcher: LabelMatcher): LabelValues {
  const values = Object.entries(matcher).map(
    ([key, words]) => [key, create(StringValuesSchema, { values: [...words] })] as const,
  );
  return create(LabelValuesSchema, { values: Object.fromEntries(values) });
}
