import { dirname } from 'node:path';
import { BOT_ROLE, PLACE, SERVICE_USER } from '../../site/places.ts';
import type { Site } from '../../site/site.ts';
import type { ClusterChange } from '../change.ts';
import { giveTo } from '../hand.ts';
import { RENEWAL_TIMER, renewalUnit } from '../pieces/units.ts';
import { PLAIN_USER, PLAIN_USER_DOCUMENT } from '../pieces/user.ts';
import { programsOf } from '../programs.ts';
import type { Planned } from '../step.ts';
import { accountChanges, fileUnlessThere, folderUnlessThere, unitCommands, unitNameOf } from './account.ts';

const OWNER = { user: SERVICE_USER } as const;

/** A user with the bot's role, an identity signed for it, and a timer that signs it anew. */
export async function planPlainUser(site: Site): Promise<Planned> {
  const file = site.paths.identity;
  const unit = renewalUnit(await programsOf(site), { user: PLAIN_USER, identity: file });
  const renewal = [
    ...(await fileUnlessThere(site, PLACE.renewalUnit, unit)),
    ...(await fileUnlessThere(site, PLACE.renewalTimer, RENEWAL_TIMER)),
  ];
  const timer = { name: unitNameOf(PLACE.renewalTimer), isChanged: renewal.length > 0, target: 'timers' };
  return {
    changes: [
      ...(await accountChanges(site)),
      ...(await folderUnlessThere(site, dirname(file), OWNER)),
      ...((await isGood(site)) ? [] : [signed(site)]),
      ...renewal,
      ...(await unitCommands(site, [timer])),
    ],
  };
}

async function isGood({ identity, clock }: Site): Promise<boolean> {
  return identity().then(
    ({ expiresAt, user }) => expiresAt > clock.now() && user === PLAIN_USER,
    () => false,
  );
}

function signed({ admin, files, paths: { identity: file } }: Site): ClusterChange {
  const sign = ['auth', 'sign', '--format=file', `--user=${PLAIN_USER}`, '--ttl=24h', '--overwrite', '-o'];
  const document = { name: `${PLAIN_USER}-user.yaml`, text: PLAIN_USER_DOCUMENT };
  return {
    kind: 'cluster',
    what: `Create the user ${PLAIN_USER} with the role ${BOT_ROLE}, and sign an identity for it into ${file}`,
    byHand: `tctl create -f ${document.name}; tctl ${sign.join(' ')} ${file}`,
    document,
    async carryOut(signal) {
      await admin.ask(['create', '-f'], signal, document.text);
      await admin.ask([...sign, files.at(file)], signal);
      await giveTo(files, file, { mode: 0o600, owner: OWNER });
    },
  };
}
