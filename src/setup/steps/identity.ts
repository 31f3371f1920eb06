import { isCloud } from '../../site/wanted.ts';
import { SetupError, type Step } from '../step.ts';
import { planPlainUser } from './plain-user.ts';
import { planTbot } from './tbot.ts';

/** The identity, and what renews it for as long as the host runs. */
export const identity: Step = {
  id: 'identity',
  title: 'Identity of the sidecar, and its renewal',
  async plan(site, { identityBy }) {
    if (identityBy === 'tbot') return planTbot(site);
    if (!isCloud(site.config)) return planPlainUser(site);
    throw new SetupError(
      'Teleport Cloud signs no identities for users (tctl auth sign is not available there): leave out --identity-by user.',
    );
  },
};
