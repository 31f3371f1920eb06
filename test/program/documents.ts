/** Documents as other people hand them to Teleport: administrators, the original sidecar, other environments. */

export function database(
  name: string,
  labels: Readonly<Record<string, string>>,
  spec: Readonly<Record<string, unknown>> = {},
) {
  return {
    kind: 'db',
    version: 'v3',
    metadata: { name, labels },
    spec: { protocol: 'postgres', uri: 'db.example.com:5432', tls: { mode: 'insecure' }, ...spec },
  };
}

export function app(name: string, labels: Readonly<Record<string, string>>, spec: { readonly uri: string }) {
  return { kind: 'app', version: 'v3', metadata: { name, labels }, spec };
}

/** The labels that the program writes for a clone of the user `dblab_user`. */
export function labelsOf(environment: string, cloneId: string, user = 'dblab_user') {
  return {
    dblab: 'true',
    environment,
    clone_id: cloneId,
    dblab_user: user,
    dblab_instance: environment,
  };
}
