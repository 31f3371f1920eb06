/** The two roles, as documents for `tctl create -f`. */
import { BOT_ROLE, USER_ROLE } from '../../site/places.ts';

/**
 * The guide's rules and labels; beyond it `app_labels`, without which the app is refused, and the right to look
 * at agents. Short of it, `db_names` and `db_users`: with these a stolen identity could log in to clones.
 */
export const BOT_ROLE_DOCUMENT = `kind: role
version: v7
metadata:
  name: ${BOT_ROLE}
  description: Registers the clones of a DBLab Engine (dblab teleport serve)
spec:
  allow:
    # What may be registered. Both are needed: without app_labels the app is refused ("access to app denied").
    db_labels:
      '*': '*'
    app_labels:
      '*': '*'
    rules:
      - resources: [db, app]
        verbs: [list, create, read, update, delete]
      - resources: [db_server, app_server]
        verbs: [list, create, read, update, delete]
      # Which agents there are and what they look for: for dblab teleport doctor.
      - resources: [db_service]
        verbs: [list, read]
`;

export const USER_ROLE_DOCUMENT = `kind: role
version: v7
metadata:
  name: ${USER_ROLE}
  description: Reaches the clones of DBLab Engines
spec:
  allow:
    db_labels:
      dblab: 'true'
    db_names: ['*']
    db_users: ['*']
    app_labels:
      dblab: 'true'
`;
