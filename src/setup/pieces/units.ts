/** systemd units. Secrets and settings come as variables: arguments would show in the process list. */
import type { SiteConfig } from '../../config/site.ts';
import { PLACE, SERVICE_USER } from '../../site/places.ts';

/** What a service that only talks over the network and reads its own files can do without. */
const HARDENING = `NoNewPrivileges=true
ProtectSystem=strict
ProtectHome=true
PrivateTmp=true
PrivateDevices=true
ProtectKernelTunables=true
ProtectKernelModules=true
ProtectKernelLogs=true
ProtectControlGroups=true
ProtectClock=true
ProtectHostname=true
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
LockPersonality=true
CapabilityBoundingSet=
SystemCallArchitectures=native
SystemCallFilter=@system-service
UMask=0077
LimitCORE=0`;

export interface Programs {
  readonly dblab: string;
  readonly tbot: string;
  readonly tctl: string;
}

export const USUAL_PROGRAMS: Programs = {
  dblab: '/usr/local/bin/dblab',
  tbot: '/usr/local/bin/tbot',
  tctl: '/usr/local/bin/tctl',
};

export function sidecarUnit({ dblab }: Programs): string {
  return `[Unit]
Description=DBLab Teleport sidecar: registers clones in Teleport
Documentation=https://postgres.ai/docs
After=network-online.target tbot.service
Wants=network-online.target

[Service]
Type=notify
# systemd-notify, which is a process of its own, speaks for the sidecar.
NotifyAccess=all
WatchdogSec=60
User=${SERVICE_USER}
EnvironmentFile=${PLACE.envFile}
ExecStart=${dblab} teleport serve
Restart=on-failure
RestartSec=5
# Wrong usage, and an edition that cannot be served: no restart mends these.
RestartPreventExitStatus=2 78
TimeoutStopSec=15
${HARDENING}

[Install]
WantedBy=multi-user.target
`;
}

/** A daemon, not one-shot: it renews the identity long before it expires. */
export function tbotUnit({ tbot }: Programs, identityFolder: string): string {
  return `[Unit]
Description=tbot: renews the Teleport identity of the DBLab sidecar
After=network-online.target
Wants=network-online.target

[Service]
Type=simple
User=${SERVICE_USER}
ExecStart=${tbot} start -c ${PLACE.tbotConfig}
Restart=always
RestartSec=5
ReadWritePaths=${PLACE.tbotStorage} ${identityFolder}
${HARDENING}

[Install]
WantedBy=multi-user.target
`;
}

/** Without tbot, on the host of the Auth service: signed anew long before it expires. */
export function renewalUnit(
  { tctl }: Programs,
  { user, identity }: { user: string; identity: string },
): string {
  return `[Unit]
Description=Renews the Teleport identity of the DBLab sidecar
After=teleport.service

[Service]
Type=oneshot
ExecStart=${tctl} auth sign --format=file --user=${user} --ttl=24h --overwrite -o ${identity}
ExecStartPost=/bin/chown ${SERVICE_USER}: ${identity}
ExecStartPost=/bin/chmod 600 ${identity}
NoNewPrivileges=true
PrivateTmp=true
UMask=0077
`;
}

export const RENEWAL_TIMER = `[Unit]
Description=Renews the Teleport identity of the DBLab sidecar every six hours

[Timer]
OnBootSec=1min
OnUnitActiveSec=6h
RandomizedDelaySec=5min

[Install]
WantedBy=timers.target
`;

/** `outputs` is read by every tbot from 15 on; 18 spells it `services`. The token is used once, from its file. */
export function tbotConfig({ proxy }: Pick<SiteConfig, 'proxy'>, identityFolder: string): string {
  return `version: v2
proxy_server: ${proxy}
onboarding:
  join_method: token
  # Single use: after the first start what lies in the storage counts.
  token: ${PLACE.joinToken}
storage:
  type: directory
  path: ${PLACE.tbotStorage}
outputs:
  - type: identity
    destination:
      type: directory
      path: ${identityFolder}
`;
}
