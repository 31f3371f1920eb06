/** What a Teleport of one node is told: its configuration file, and who is who in it. */

export interface NodePorts {
  readonly auth: number;
  readonly web: number;
}

/** `teleport.yaml`: auth, proxy and the two agents on the loopback, all behind one web port. */
export function nodeConfiguration(directory: string, ports: NodePorts): object {
  // The guide's agent, with the service for apps that it forgets.
  const agent = { enabled: true, resources: [{ labels: { dblab: 'true' } }] };
  const auth = `127.0.0.1:${ports.auth}`;
  return {
    version: 'v3',
    teleport: {
      nodename: 'localhost',
      data_dir: directory,
      auth_server: auth,
      log: { severity: 'WARN' },
    },
    auth_service: {
      enabled: true,
      cluster_name: 'sandbox',
      listen_addr: auth,
      proxy_listener_mode: 'multiplex',
      // Nobody logs in; anything stronger wants to know the cluster's domain.
      authentication: { type: 'local', second_factor: 'otp' },
    },
    proxy_service: {
      enabled: true,
      web_listen_addr: `127.0.0.1:${ports.web}`,
      // By its name, for that is what the certificate that it makes for itself is for.
      public_addr: `localhost:${ports.web}`,
    },
    ssh_service: { enabled: false },
    db_service: agent,
    app_service: agent,
  };
}

export const EVERYTHING = { '*': '*' };
const VERBS = ['list', 'create', 'read', 'update', 'delete'];

/** What the guide allows its bot, with the `app_labels` that it forgets. */
export const BOT = {
  db_labels: EVERYTHING,
  db_names: ['*'],
  db_users: ['*'],
  app_labels: EVERYTHING,
  rules: [
    { resources: ['db', 'db_server'], verbs: VERBS },
    { resources: ['app', 'app_server'], verbs: VERBS },
  ],
};

/** What the guide allows people. */
const COLLEAGUE = {
  db_labels: { dblab: 'true' },
  db_names: ['*'],
  db_users: ['*'],
  app_labels: { dblab: 'true' },
};

/** Roles as in the guide. A bot's own user may nothing, so that a plain one stands for it. */
export const PEOPLE = [
  role('dblab-bot', BOT),
  role('dblab-user', COLLEAGUE),
  user('dblab-sidecar', 'dblab-bot'),
  user('colleague', 'dblab-user'),
];

export function role(name: string, allow: object): object {
  return { kind: 'role', version: 'v7', metadata: { name }, spec: { allow } };
}

function user(name: string, ...roles: readonly string[]): object {
  return { kind: 'user', version: 'v2', metadata: { name }, spec: { roles } };
}
