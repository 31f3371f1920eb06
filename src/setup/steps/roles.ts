import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import { BOT_ROLE, USER_ROLE } from '../../site/places.ts';
import type { Site } from '../../site/site.ts';
import { at } from '../../site/value.ts';
import { agentLabels } from '../../site/wanted.ts';
import { TeleportError } from '../../teleport/error.ts';
import { grantsOf, mayDo, missingGrants } from '../../teleport/role.ts';
import type { ClusterChange } from '../change.ts';
import { BOT_ROLE_DOCUMENT, USER_ROLE_DOCUMENT } from '../pieces/roles.ts';
import { type Planned, SetupError, type Step } from '../step.ts';

/** Before the identity: a certificate carries the names of roles that exist. */
export const botRole: Step = {
  id: 'bot-role',
  title: `Role ${BOT_ROLE} of the sidecar`,
  byHand: 'As an administrator of Teleport: dblab teleport render role | tctl create -f',
  plan: (site) =>
    planRole(site, {
      name: BOT_ROLE,
      wanted: BOT_ROLE_DOCUMENT,
      isEnough: (role) => isBotRoleEnough(role, site),
    }),
};

export const userRole: Step = {
  id: 'user-role',
  title: `Role ${USER_ROLE} of the people who use clones`,
  byHand: 'As an administrator of Teleport: dblab teleport render user-role | tctl create -f',
  async plan(site) {
    const planned = await planRole(site, {
      name: USER_ROLE,
      wanted: USER_ROLE_DOCUMENT,
      isEnough: hasUserGrants,
    });
    if (planned.changes.length === 0) return planned;
    return {
      ...planned,
      remains: [
        `Give ${USER_ROLE} to the people who need clones, e.g. tctl users update NAME --set-roles=access,${USER_ROLE}; ` +
          'they log out and in again (tsh logout, tsh login) to have it.',
      ],
    };
  },
};

interface RoleWish {
  readonly name: string;
  readonly wanted: string;
  readonly isEnough: (role: unknown) => boolean;
}

/** An existing role is only widened: nothing that somebody else put there is taken away. */
async function planRole({ admin, signal }: Site, { name, wanted, isEnough }: RoleWish): Promise<Planned> {
  const existing = await readRole(name, admin, signal);
  if (existing !== undefined && isEnough(existing)) return { changes: [] };
  const text = existing === undefined ? wanted : stringify(widened(existing, parse(wanted)));
  const document = {
    name: `${name}-role.yaml`,
    text,
    ...(existing === undefined ? {} : { before: stringify(existing) }),
  };
  const change: ClusterChange = {
    kind: 'cluster',
    what:
      existing === undefined ? `Create the role ${name} in Teleport` : `Widen the role ${name} in Teleport`,
    byHand: `tctl create -f ${document.name}`,
    document,
    async carryOut(during) {
      await admin.ask(['create', '-f'], during, text);
    },
  };
  return { changes: [change] };
}

/** As a document without what Teleport adds by itself; undefined where there is none. */
async function readRole(name: string, admin: Site['admin'], signal: AbortSignal): Promise<unknown> {
  try {
    const text = await admin.ask(['get', `role/${name}`, '--format=json'], signal);
    const [role] = JSON.parse(text) as unknown[];
    return role;
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new SetupError(`tctl printed the role ${name} in a form that is not JSON.`);
    if (error instanceof TeleportError && error.code === 'not-found') return undefined;
    throw error;
  }
}

function isBotRoleEnough(role: unknown, { config }: Site): boolean {
  const grants = [grantsOf(role)];
  const seesAgents = ['list', 'read'].every((verb) => mayDo(grants, verb, 'db_service'));
  return seesAgents && missingGrants(grants, agentLabels(config)).length === 0;
}

function covers(words: readonly string[], word: string): boolean {
  return words.includes('*') || words.includes(word);
}

function hasUserGrants(role: unknown): boolean {
  const allow = at(role, 'spec', 'allow');
  const isWild = (key: string) => covers([at(allow, key)].flat().map(String), '*');
  const reaches = (key: string) => {
    const labels = at(allow, key);
    return (
      covers([at(labels, 'dblab')].flat().map(String), 'true') ||
      covers([at(labels, '*')].flat().map(String), '*')
    );
  };
  return isWild('db_names') && isWild('db_users') && reaches('db_labels') && reaches('app_labels');
}

/** The first document with what the second has beyond it. Lists grow, texts stay. */
export function widened(existing: unknown, wanted: unknown): unknown {
  if (Array.isArray(existing) && Array.isArray(wanted)) {
    return [...existing, ...wanted.filter((item) => !existing.some((it) => isDeepStrictEqual(it, item)))];
  }
  if (!isMap(existing) || !isMap(wanted)) return existing ?? wanted;
  const both = Object.entries(wanted).map(([key, value]) => [key, widened(existing[key], value)] as const);
  return { ...existing, ...Object.fromEntries(both) };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
