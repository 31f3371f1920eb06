/** Where the pieces lie that setup makes: the guide's places where it names one. */
export const PLACE = {
  /** Settings and secrets of the sidecar, as variables. */
  envFile: '/etc/dblab-teleport/env',
  sidecarUnit: '/etc/systemd/system/dblab-teleport-sidecar.service',
  tbotConfig: '/etc/tbot.yaml',
  tbotUnit: '/etc/systemd/system/tbot.service',
  tbotStorage: '/var/lib/tbot',
  /** A join token is single use and short-lived; kept only until the bot has joined. */
  joinToken: '/etc/dblab-teleport/join-token',
  agentToken: '/etc/dblab-teleport/agent-token',
  renewalUnit: '/etc/systemd/system/dblab-teleport-identity.service',
  renewalTimer: '/etc/systemd/system/dblab-teleport-identity.timer',
  /** Teleport's agent keeps the id of this host there. */
  hostUuid: '/var/lib/teleport/host_uuid',
  /** There while systemd is what runs the host. */
  systemd: '/run/systemd/system',
} as const;

/** The account that the sidecar and tbot share, so that one reads what the other writes. */
export const SERVICE_USER = 'dblab-teleport';
export const BOT_NAME = 'dblab-sidecar';
export const BOT_ROLE = 'dblab-bot';
export const USER_ROLE = 'dblab-user';
/** Where clones see the folder with their certificates. */
export const CERTS_IN_CLONE = '/var/lib/postgresql/cert';
