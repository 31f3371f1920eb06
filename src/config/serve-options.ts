import { z } from 'zod';
import { isHost, parseAddress } from '../lib/address.ts';
import { parseDuration } from '../lib/duration.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../lib/log.ts';
import type { Parsed } from '../lib/parsed.ts';
import { Secret } from '../lib/secret.ts';
import { parseLabels } from './label.ts';
import type { Option } from './option.ts';
import { TRANSPORTS } from './transport.ts';
import { parseHttpUrl, parseProxy } from './url.ts';

export const onOff = z.stringbool({ error: 'it must be true or false' });

/** Every option of `dblab teleport serve`, in the order in which help and reference show them. */
export const serveOptions = {
  environmentId: {
    flag: 'environment-id',
    placeholder: 'ID',
    env: 'DBLAB_TELEPORT_ENVIRONMENT_ID',
    required: true,
    help: 'name of this DBLab environment, unique in the Teleport cluster; part of every name registered there',
    schema: z
      .string()
      .max(100, 'it is longer than 100 characters')
      .regex(/^[a-zA-Z0-9._-]+$/, 'it may hold letters, digits and . _ - only'),
  },
  proxy: {
    flag: 'teleport-proxy',
    placeholder: 'HOST:PORT',
    env: 'DBLAB_TELEPORT_PROXY',
    required: true,
    help: 'address of the Teleport proxy; port 443 where none is given',
    schema: z.string().transform(by(parseProxy)),
  },
  identityFile: {
    flag: 'teleport-identity',
    placeholder: 'FILE',
    env: 'DBLAB_TELEPORT_IDENTITY',
    required: true,
    help: 'identity file of the bot, as tbot writes and renews it; may appear later',
    schema: z.string(),
  },
  dblabToken: {
    flag: 'dblab-token',
    placeholder: 'TOKEN',
    env: 'DBLAB_TOKEN',
    required: true,
    secret: true,
    help: 'verification token of the DBLab Engine',
    schema: secret(/^[\x20-\x7e]+$/, 'it may hold printable ASCII characters only'),
  },
  webhookSecrets: {
    flag: 'webhook-secret',
    placeholder: 'SECRET',
    env: 'WEBHOOK_SECRET',
    required: true,
    secret: true,
    list: '\n',
    help: "secret that the Engine's webhooks carry; several are accepted while one replaces another",
    schema: z.array(secret(/^\P{Cc}+$/u, 'it holds a control character')),
  },
  dblabUrl: {
    flag: 'dblab-url',
    placeholder: 'URL',
    env: 'DBLAB_TELEPORT_DBLAB_URL',
    default: 'http://localhost:2345',
    help: 'API of the DBLab Engine',
    schema: z.string().transform(by(parseHttpUrl)),
  },
  listen: {
    flag: 'listen-addr',
    placeholder: 'HOST:PORT',
    env: 'DBLAB_TELEPORT_LISTEN_ADDR',
    default: 'localhost:9876',
    help: 'where webhooks are received, at /teleport-sync; an Engine in Docker needs 0.0.0.0:9876 or the bridge address',
    schema: z.string().transform(by(parseAddress)),
  },
  tlsCert: {
    flag: 'tls-cert',
    placeholder: 'FILE',
    env: 'DBLAB_TELEPORT_TLS_CERT',
    help: 'certificate (PEM) for receiving webhooks over TLS; a renewed one is taken up within a minute',
    schema: z.string(),
  },
  tlsKey: {
    flag: 'tls-key',
    placeholder: 'FILE',
    env: 'DBLAB_TELEPORT_TLS_KEY',
    help: 'private key (PEM) of --tls-cert',
    schema: z.string(),
  },
  statusAddress: {
    flag: 'status-addr',
    placeholder: 'HOST:PORT',
    env: 'DBLAB_TELEPORT_STATUS_ADDR',
    default: 'localhost:9877',
    help: 'where /healthz, /readyz and /api/status are answered',
    schema: z.string().transform(by(parseAddress)),
  },
  transport: {
    flag: 'transport',
    placeholder: TRANSPORTS.join('|'),
    env: 'DBLAB_TELEPORT_TRANSPORT',
    default: 'auto',
    help: 'how Teleport is reached: by its own API, by tctl, or by the API and where that cannot be, tctl',
    schema: oneOf(TRANSPORTS),
  },
  tctlPath: {
    flag: 'tctl-path',
    placeholder: 'FILE',
    env: 'DBLAB_TELEPORT_TCTL_PATH',
    default: 'tctl',
    help: 'the tctl program, for the transport of that name',
    schema: z.string(),
  },
  caFile: {
    flag: 'teleport-ca-file',
    placeholder: 'FILE',
    env: 'DBLAB_TELEPORT_CA_FILE',
    help: "certificate authorities (PEM) to trust for the proxy's web certificate, beside the system's own",
    schema: z.string(),
  },
  labels: {
    flag: 'label',
    placeholder: 'KEY=VALUE',
    env: 'TELEPORT_LABELS',
    list: ',',
    help: 'label to write on every registration',
    schema: z.array(z.string()).transform(by(parseLabels)),
  },
  cloneHost: {
    flag: 'clone-host',
    placeholder: 'HOST',
    env: 'DBLAB_TELEPORT_CLONE_HOST',
    default: '127.0.0.1',
    help: 'where the Teleport agent reaches the clones',
    schema: z
      .string()
      .transform((text) => text.replace(/^\[(.*)\]$/, '$1'))
      .refine(isHost, 'it must be a host name or an IP address, without a port'),
  },
  userLabel: {
    flag: 'dblab-user-label',
    placeholder: 'database|owner',
    env: 'DBLAB_TELEPORT_DBLAB_USER_LABEL',
    default: 'database',
    help: "what the label dblab_user holds: the clone's database user, or its owner's e-mail",
    schema: oneOf(['database', 'owner']),
  },
  appUri: {
    flag: 'app-uri',
    placeholder: 'URL',
    env: 'DBLAB_TELEPORT_APP_URI',
    help: "address under which the Teleport agent reaches the Engine's API (default: that of --dblab-url)",
    schema: z.string().transform(by(parseHttpUrl)),
  },
  noApp: {
    flag: 'no-app',
    env: 'DBLAB_TELEPORT_NO_APP',
    help: "do not register the Engine's API as an app",
    schema: onOff,
  },
  reconcileIntervalMs: {
    flag: 'reconcile-interval',
    placeholder: 'DURATION',
    env: 'DBLAB_TELEPORT_RECONCILE_INTERVAL',
    help: 'longest time between two full comparisons (default: 5m where Teleport reports changes by itself, else 20s)',
    schema: z.string().transform(by(parseDuration)),
  },
  pollIntervalMs: {
    flag: 'poll-interval',
    placeholder: 'DURATION',
    env: 'DBLAB_TELEPORT_POLL_INTERVAL',
    default: '15s',
    help: 'how often the Engine is asked for its clones when no webhook comes',
    schema: z.string().transform(by(parseDuration)),
  },
  leaseMs: {
    flag: 'lease',
    placeholder: 'DURATION',
    env: 'DBLAB_TELEPORT_LEASE',
    help: 'let Teleport remove registrations that no sidecar has renewed for so long, 1h at least (default: never)',
    schema: z
      .string()
      .transform(by(parseDuration))
      .refine(
        (ms) => ms >= 3_600_000,
        'it must be at least 1h: each renewal, at half of it, makes agents start the database anew',
      ),
  },
  once: {
    flag: 'once',
    env: 'DBLAB_TELEPORT_ONCE',
    help: 'compare once, put in step, exit 0 only if all is in step',
    schema: onOff,
  },
  dryRun: {
    flag: 'dry-run',
    env: 'DBLAB_TELEPORT_DRY_RUN',
    help: 'print what would be changed and change nothing',
    schema: onOff,
  },
  logLevel: {
    flag: 'log-level',
    placeholder: LOG_LEVELS.join('|'),
    env: 'DBLAB_TELEPORT_LOG_LEVEL',
    default: 'info',
    help: 'least level that is logged',
    schema: oneOf(LOG_LEVELS),
  },
  logFormat: {
    flag: 'log-format',
    placeholder: LOG_FORMATS.join('|'),
    env: 'DBLAB_TELEPORT_LOG_FORMAT',
    default: 'auto',
    help: 'auto is pretty on a terminal and json elsewhere',
    schema: oneOf(LOG_FORMATS),
  },
} as const satisfies Record<string, Option>;

function oneOf<const T extends string>(words: readonly T[]) {
  return z.enum(words, `it must be one of ${words.join(', ')}`);
}

function secret(pattern: RegExp, reason: string) {
  return z
    .string()
    .regex(pattern, reason)
    .transform((text) => new Secret(text));
}

/** Makes a parser of ours a step of a schema. */
function by<In, Out>(parse: (raw: In) => Parsed<Out>) {
  return (raw: In, context: z.RefinementCtx): Out => {
    const parsed = parse(raw);
    if (parsed.ok) return parsed.value;
    context.addIssue(parsed.reason);
    return z.NEVER;
  };
}
