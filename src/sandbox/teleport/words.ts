import type { Kind, TeleportVersion } from './document.ts';

/** What Auth says when it refuses: the same over every way in, but not the same in every version. */

const NOUNS: Readonly<Record<Kind, string>> = { db: 'database', app: 'application' };

/** What tctl calls the kind. */
export const noun = (kind: Kind): string => NOUNS[kind];

export const exists = (kind: Kind, name: string): string =>
  `${kind === 'db' ? 'database' : 'app'} "${name}" already exists`;

/** Over gRPC an older Auth lets its backend speak, here SQLite; its tctl asks first and says it as ever. */
export const existsInBackend = (version: TeleportVersion, text: string): string =>
  version === '18.0.0' ? text : 'UNIQUE constraint failed: kv.key';

/** The cache does not show it: it may well be there. */
export const notCached = (version: TeleportVersion, kind: Kind, name: string): string =>
  version === '18.0.0' ? `"${kind}" "${name}" does not exist` : `${noun(kind)} "${name}" doesn't exist`;

export const goneOnUpdate = (version: TeleportVersion, kind: Kind, name: string): string =>
  version === '18.0.0'
    ? goneOnRemove(version, kind, name)
    : `key /${kind === 'db' ? 'db' : 'applications'}/${name} is not found`;

export const goneOnRemove = (version: TeleportVersion, kind: Kind, name: string): string =>
  version === '18.0.0' && kind === 'app'
    ? `app "${name}" doesn't exist`
    : `${noun(kind)} "${name}" doesn't exist`;

export const ruleDenied = (verb: string, resource: string): string =>
  `access denied to perform action "${verb}" on "${resource}"`;

/** For an app the sentence ends with a blank, for Teleport joins two texts and the second is empty. */
export const labelsDenied = (kind: Kind): string =>
  `access to ${kind} denied. User does not have permissions. ` +
  (kind === 'db' ? 'Confirm database user and name.' : '');
