import type { Clone } from '../engine/clone.ts';
import type { Policy } from '../sync/desired.ts';
import type { App, Database } from '../teleport/resource.ts';

export const policy: Policy = {
  environment: 'prod',
  cloneHost: '127.0.0.1',
  labels: {},
  userLabel: 'database',
  app: undefined,
  leaseMs: undefined,
};

export function clone(id: string, port: number | undefined, over: Partial<Clone> = {}): Clone {
  return {
    id,
    port,
    status: 'OK',
    message: '',
    user: 'alice',
    dbName: 'postgres',
    owner: undefined,
    createdAt: undefined,
    ...over,
  };
}

/** The registration that the program itself writes for a clone of the policy above. */
export function registration(id: string, port: number, over: Partial<Database> = {}): Database {
  return {
    kind: 'db',
    name: `dblab-clone-prod-${id}-${port}`,
    protocol: 'postgres',
    uri: `127.0.0.1:${port}`,
    tlsMode: 'insecure',
    labels: { dblab: 'true', environment: 'prod', dblab_instance: 'prod', clone_id: id, dblab_user: 'alice' },
    ...over,
  };
}

export function app(name: string, over: Partial<App> = {}): App {
  return {
    kind: 'app',
    name,
    labels: { dblab: 'true', environment: 'prod', dblab_instance: 'prod' },
    uri: 'http://localhost:2345',
    insecureSkipVerify: false,
    ...over,
  };
}
