import { type LabelMatcher, matchesLabels } from '../../teleport/matcher.ts';
import type { Draft, Kind } from './document.ts';

/** What a role allows: the part of Teleport's `spec.allow` that decides about databases and apps. */
export interface Role {
  /** A label must have one of the values; `*` stands for anything. No labels at all match nothing. */
  readonly dbLabels: LabelMatcher;
  readonly appLabels: LabelMatcher;
  readonly rules: readonly Rule[];
  /** Rules that no other role, nor the implicit one, can make up for. */
  readonly deny?: readonly Rule[];
  /** As whoever wrote it wrote it. */
  readonly document?: Readonly<Record<string, unknown>>;
}

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const VERBS = ['list', 'create', 'read', 'update', 'delete'];
const EVERYTHING: LabelMatcher = { '*': ['*'] };

/** Every user of Teleport may look at these: what labels forbid is left out of the list, without an error. */
const IMPLICIT: Rule = { resources: ['db', 'app', 'db_server', 'app_server'], verbs: ['list', 'read'] };

/** A cluster that nobody has set up yet knows one role, for everything. */
export function bareRoles(): Map<string, Role> {
  return new Map<string, Role>([
    ['admin', { dbLabels: EVERYTHING, appLabels: EVERYTHING, rules: [{ resources: ['*'], verbs: ['*'] }] }],
  ]);
}

/** The guide's bot role as well, with `app_labels` added. */
export function presetRoles(): Map<string, Role> {
  const bot: Rule = { resources: ['db', 'db_server', 'app', 'app_server'], verbs: VERBS };
  return bareRoles().set('dblab-bot', { dbLabels: EVERYTHING, appLabels: EVERYTHING, rules: [bot] });
}

/** Whether one of the roles, or the implicit one, has the verb on the kind of resource, and none denies it. */
export function mayDo(roles: readonly Role[], verb: string, resource: string): boolean {
  const isOneOf = (rules: readonly Rule[]) =>
    rules.some((rule) => covers(rule.resources, resource) && covers(rule.verbs, verb));
  if (roles.some(({ deny = [] }) => isOneOf(deny))) return false;
  return isOneOf([IMPLICIT, ...roles.flatMap((role) => role.rules)]);
}

/** Whether the labels of one of the roles cover the document. */
export function maySee(roles: readonly Role[], document: Pick<Draft, 'kind' | 'metadata'>): boolean {
  return roles.some((role) => matchesLabels(labelsFor(role, document.kind), document.metadata.labels));
}

function labelsFor(role: Role, kind: Kind): LabelMatcher {
  return kind === 'db' ? role.dbLabels : role.appLabels;
}

function covers(list: readonly string[], wanted: string): boolean {
  return list.includes('*') || list.includes(wanted);
}
