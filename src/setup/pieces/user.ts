import { BOT_ROLE } from '../../site/places.ts';

/** The plain user whose identity the sidecar shows where no tbot is wanted. */
export const PLAIN_USER = 'dblab-sidecar';

export const PLAIN_USER_DOCUMENT = `kind: user
version: v2
metadata:
  name: ${PLAIN_USER}
spec:
  roles: [${BOT_ROLE}]
`;
