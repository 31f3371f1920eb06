/** What people see when it does not work, as DBLab's guide lists it, with what is really behind it. */
export interface Trouble {
  /** The entry of the guide. */
  readonly seen: string;
  readonly cause: string;
  /** Ids of the checks that find it, the likeliest first. */
  readonly checks: readonly [string, ...string[]];
}

export const TROUBLES: readonly Trouble[] = [
  {
    seen: 'Sidecar refuses to start with "requires Standard or Enterprise edition"',
    cause: 'The Engine says that it is of the community edition.',
    checks: ['engine-edition'],
  },
  {
    seen: 'Clones not appearing in Teleport',
    cause:
      'The sidecar does not run, cannot ask the Engine, or its role may not write databases. An empty list proves nothing: ' +
      'Teleport leaves out what a role may not see.',
    checks: [
      'sidecar-in-step',
      'sidecar-running',
      'engine-reachable',
      'engine-token',
      'role-databases',
      'name-conflicts',
    ],
  },
  {
    seen: 'Connection refused when using tsh proxy db',
    cause:
      'The agent cannot reach the clone: it runs on another host, no agent serves the clone, or localhost means ::1, where no ' +
      'clone listens.',
    checks: ['clone-port', 'clone-host', 'agent-host', 'agent-serves-clones', 'agent-too-broad'],
  },
  {
    seen: 'TLS handshake failure',
    cause: 'The clone has ssl off.',
    checks: ['clone-tls', 'server-yml-ssl', 'server-yml-mount'],
  },
  {
    seen: '"no pg_hba.conf entry"',
    cause:
      'The line "hostssl ... cert" is missing or stands too late. An upgrade of the Engine alone does not help: a data ' +
      'directory keeps the file that it was made with.',
    checks: ['clone-pg-hba', 'engine-version'],
  },
  {
    seen: '"root certificate store not available"',
    cause: 'ssl_ca_file is not set, or its file is missing or of another cluster.',
    checks: ['clone-authority', 'server-yml-ssl', 'teleport-ca-file'],
  },
  {
    seen: 'SSL settings not applied to new clones',
    cause:
      'The snapshot is older than the settings, the settings stand in a block that is defined twice, or promotion is off in ' +
      'physical mode.',
    checks: ['snapshot-age', 'server-yml-anchors', 'server-yml-promotion', 'server-yml-ssl'],
  },
  {
    seen: 'Webhook not received by sidecar',
    cause:
      "Inside the Engine's container localhost is that container; or the port, the secret or a firewall is in the way.",
    checks: [
      'webhook-address',
      'webhook-from-engine',
      'webhook-secret',
      'webhook-delivery',
      'webhook-configured',
    ],
  },
  {
    seen: '"access to app denied" from sidecar',
    cause:
      "The guide's role has no app_labels. The order of role and identity is not the cause: a role that gains them works at " +
      'once, with the same identity.',
    checks: ['role-apps'],
  },
  {
    seen: 'Permission denied on cert files',
    cause: "PostgreSQL's user in the container (999) does not own the key, or may not enter the folder.",
    checks: ['certificate-owner', 'certificate-modes', 'certificate-files'],
  },
  {
    seen: 'Sidecar returns HTTP 500 / "credentials have expired"',
    cause: 'Nobody renews the identity: tbot was started with --oneshot, or its service has stopped.',
    checks: ['identity-expiry', 'identity-file', 'identity-owner'],
  },
];
