/** The texts that a database of a clone is configured with. Ports and addresses go on its command line. */

/** The rules of the guide: over TLS only a certificate that names the user opens, without TLS a password. */
export const ACCESS_RULES = `local   all  all             trust
hostssl all  all  0.0.0.0/0  cert
host    all  all  0.0.0.0/0  md5
`;

/** Small, quick to start, and careless about power cuts: the data is thrown away anyway. */
export function serverSettings(majorVersion: number): string {
  return `
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
ssl_ca_file = 'teleport-ca.crt'
shared_buffers = 8MB
max_connections = 50
fsync = off
full_page_writes = off
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
max_worker_processes = 0
max_parallel_workers = 0
max_logical_replication_workers = 0
${majorVersion >= 18 ? 'io_method = sync' : ''}
include_if_exists = '${USER_SETTINGS_FILE}'
`;
}

export const USER_SETTINGS_FILE = 'user_defined.conf';

/** Read last: a user may override anything. Throws on a name that is none. */
export function userSettings(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      if (!/^[a-z_][a-z0-9_.]*$/i.test(name))
        throw new Error(`unrecognized configuration parameter "${name}"`);
      return `${name} = '${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'\n`;
    })
    .join('');
}
