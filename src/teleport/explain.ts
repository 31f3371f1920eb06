/**
 * Sentences about the change, the role and the identity, for every transport: what happened, why, what to
 * do next. They know nothing of how Teleport was asked.
 */
import type { TeleportErrorCode } from './error.ts';
import type { Resource } from './resource.ts';
import { type Change, subject } from './teleport.ts';

export interface Refusal {
  /** What Teleport said, on one line and cut short. */
  readonly said: string;
  /** The change that was refused, if it was one. */
  readonly change: Change | undefined;
}

/** Codes of an answer by Teleport: it was reached, knew who asked, and refused. */
export type RefusalCode = Extract<
  TeleportErrorCode,
  'already-exists' | 'not-found' | 'rule-denied' | 'labels-denied' | 'invalid'
>;

export const REFUSALS: Readonly<Record<RefusalCode, (refusal: Refusal) => string>> = {
  'already-exists': ({ change }) => `${called(change)} exists in Teleport already and was left as it is.`,
  'not-found': ({ change }) =>
    `Teleport does not know ${called(change, false)}. What was written within the last second is not known yet.`,
  'rule-denied': ({ said }) => lackingRule(said),
  'labels-denied': ({ change, said }) => lackingLabels(change?.action, kindOf(change, said)),
  invalid: ({ change, said }) => `Teleport refuses ${called(change, false)}: ${said}.`,
};

/** Everybody may list and read unless a role denies it, so what the role allows is half of the advice. */
function lackingRule(said: string): string {
  const resource = / on "(\w+)"/.exec(said)?.[1] ?? 'db';
  const [resources, verbs] = ['db', 'app'].includes(resource)
    ? ['db, app', 'list, read, create, update, delete']
    : [resource, 'list, read'];
  return (
    `The bot's role lacks a right (${said}). Under spec.allow.rules of the role there must be ` +
    `"- resources: [${resources}]" with "verbs: [${verbs}]", and nothing under spec.deny that takes it. ` +
    'Apply the role with `tctl create -f`; the identity can stay.'
  );
}

/** `date` is when, where it is known. */
export function expired(identityFile: string, date?: Date): string {
  const when = date === undefined ? '' : ` at ${date.toISOString()}`;
  return (
    `The identity in ${identityFile} expired${when}. Run tbot as a service that renews it ` +
    '(`tbot start --oneshot` makes one that lives for an hour); the new file is taken up without a restart.'
  );
}

/** Teleport says so, although by our clock it is valid. */
export function expiredElsewhere(identityFile: string): string {
  return `${expired(identityFile)} By the clock of this host it is still valid: compare the clocks.`;
}

function lackingLabels(action: Change['action'] | undefined, kind: Resource['kind']): string {
  return (
    `The bot's role may not ${action ?? 'see'} this ${kind === 'db' ? 'database' : 'app'}. Under spec.allow of ` +
    `the role these two lines are missing: "${kind}_labels:" and "  '*': '*'". Add them and apply the role ` +
    'with `tctl create -f`; the identity can stay.'
  );
}

function kindOf(change: Change | undefined, said: string): Resource['kind'] {
  if (change !== undefined) return subject(change).kind;
  return said.includes('access to app ') ? 'app' : 'db';
}

function called(change: Change | undefined, isStart = true): string {
  if (change === undefined) return isStart ? 'It' : 'it';
  const { kind, name } = subject(change);
  const noun = kind === 'db' ? 'database' : 'app';
  return `${isStart ? noun.charAt(0).toUpperCase() + noun.slice(1) : noun} ${JSON.stringify(name)}`;
}
