import { BOT_ROLE } from '../site/places.ts';
import type { Site } from '../site/site.ts';
import { agentLabels } from '../site/wanted.ts';
import { TeleportError } from '../teleport/error.ts';
import { missingGrants, type RoleGrants } from '../teleport/role.ts';
import { type Check, type Finding, fail, pass, skip } from './check.ts';

const NEEDS = ['teleport-transport', 'identity-kind'];

/** What the identity's roles allow: a list that is empty for lack of rights looks like an empty Teleport. */
export const ROLE_CHECKS: readonly Check[] = [
  {
    id: 'role-databases',
    title: "The sidecar's role may list, create, update and delete databases",
    needs: NEEDS,
    fix: 'bot-role',
    inspect: (site) => judge(site, 'db'),
  },
  {
    id: 'role-apps',
    title: "The sidecar's role may register the Engine's app",
    needs: NEEDS,
    fix: 'bot-role',
    async inspect(site) {
      if (site.config.app === undefined) return skip('No app is wanted (--no-app).');
      return judge(site, 'app');
    },
  },
];

async function judge(site: Site, what: 'db' | 'app'): Promise<Finding> {
  const roles = await rolesOf(site);
  if (typeof roles === 'string') return skip(roles);
  const missing = missingGrants(roles, agentLabels(site.config)).filter((grant) => grant.what === what);
  if (missing.length === 0) return pass(`${roles.map(({ name }) => name).join(', ')}: nothing is missing.`);
  const lines = missing.map(({ yaml }) => yaml).join('\n');
  const trap =
    what === 'app'
      ? ' Teleport then says "access to app denied", which a new identity does not mend: the role has to allow it.'
      : '';
  return fail(
    `The roles ${roles.map(({ name }) => name).join(', ')} lack:\n${lines}${trap}`,
    `Add these lines under spec.allow of ${BOT_ROLE} and apply it with "tctl create -f"; the identity can stay.`,
  );
}

/** Or why nobody can tell. */
async function rolesOf({ roles }: Site): Promise<readonly RoleGrants[] | string> {
  try {
    return await roles();
  } catch (error) {
    if (!(error instanceof TeleportError)) throw error;
    return `Only the API tells what a role allows: ${error.message}`;
  }
}
