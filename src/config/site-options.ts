import { z } from 'zod';
import { isHost } from '../lib/address.ts';
import type { Option } from './option.ts';
import { serveOptions } from './serve-options.ts';

const { identityFile, webhookSecrets } = serveOptions;
const { required: _identity, ...optionalIdentity } = identityFile;
const { required: _secrets, ...optionalSecrets } = webhookSecrets;

const path = z
  .string()
  .max(4096, 'it is longer than a path can be')
  .regex(/^\//, 'it must be a path from the root on, such as /etc/teleport.yaml');

/** Where the pieces of an installation lie on the host of the Engine. */
const placeOptions = {
  certsFolder: {
    flag: 'certs-dir',
    placeholder: 'DIR',
    env: 'DBLAB_TELEPORT_CERTS_DIR',
    default: '/etc/dblab/certs',
    help: "folder with the clones' certificates, as it is mounted into their containers",
    schema: path,
  },
  serverYml: {
    flag: 'server-yml',
    placeholder: 'FILE',
    env: 'DBLAB_TELEPORT_SERVER_YML',
    help: "the Engine's configuration (default: ~/.dblab/engine/configs/server.yml)",
    schema: path,
  },
  teleportYaml: {
    flag: 'teleport-config',
    placeholder: 'FILE',
    env: 'DBLAB_TELEPORT_CONFIG_FILE',
    default: '/etc/teleport.yaml',
    help: 'configuration of the Teleport agent on this host',
    schema: path,
  },
  webhookHost: {
    flag: 'webhook-host',
    placeholder: 'HOST',
    env: 'DBLAB_TELEPORT_WEBHOOK_HOST',
    default: '172.17.0.1',
    help: "where the Engine's container reaches this host: the gateway of Docker's bridge",
    schema: z.string().refine(isHost, 'it must be a host name or an IP address, without a port'),
  },
  engineContainer: {
    flag: 'engine-container',
    placeholder: 'NAME',
    env: 'DBLAB_TELEPORT_ENGINE_CONTAINER',
    default: 'dblab_server',
    help: "name of the Engine's Docker container",
    schema: z.string().regex(/^[a-zA-Z0-9][\w.-]{0,127}$/, 'it is no name of a container'),
  },
  postgresUid: {
    flag: 'postgres-uid',
    placeholder: 'UID',
    env: 'DBLAB_TELEPORT_POSTGRES_UID',
    default: '999',
    help: 'user id that PostgreSQL runs under in the containers of clones',
    schema: z
      .string()
      .regex(/^\d{1,9}$/, 'it must be a number')
      .transform(Number),
  },
  adminIdentity: {
    flag: 'admin-identity',
    placeholder: 'FILE',
    env: 'DBLAB_TELEPORT_ADMIN_IDENTITY',
    help: 'identity file of an administrator of Teleport (default: whoever tctl acts as on this host)',
    schema: path,
  },
  root: {
    flag: 'root',
    placeholder: 'DIR',
    default: '/',
    help: "folder that stands for the host's root: for images and for trials. No command is run then",
    schema: path.transform((text) => (text === '/' ? text : text.replace(/\/+$/, ''))),
  },
} as const satisfies Record<string, Option>;

/** What an installation on the Engine's host consists of: the sidecar's own settings, and where the rest lies. */
export const siteOptions = {
  environmentId: serveOptions.environmentId,
  proxy: serveOptions.proxy,
  dblabToken: serveOptions.dblabToken,
  webhookSecrets: optionalSecrets,
  identityFile: { ...optionalIdentity, default: '/etc/dblab/teleport-identity-dir/identity' },
  dblabUrl: serveOptions.dblabUrl,
  listen: { ...serveOptions.listen, default: '0.0.0.0:9876' },
  tlsCert: serveOptions.tlsCert,
  tlsKey: serveOptions.tlsKey,
  statusAddress: serveOptions.statusAddress,
  transport: serveOptions.transport,
  tctlPath: serveOptions.tctlPath,
  caFile: serveOptions.caFile,
  labels: serveOptions.labels,
  cloneHost: serveOptions.cloneHost,
  userLabel: serveOptions.userLabel,
  appUri: serveOptions.appUri,
  noApp: serveOptions.noApp,
  leaseMs: serveOptions.leaseMs,
  ...placeOptions,
} as const satisfies Record<string, Option>;
