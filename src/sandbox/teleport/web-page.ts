import type { TeleportVersion } from './document.ts';

/** What the proxy tells everybody. */
export interface WebFacts {
  readonly clusterName: string;
  readonly version: TeleportVersion;
  /** `HOST:PORT`. */
  readonly publicAddress: string;
  readonly tlsRouting: boolean;
  /** PEM by the type that is asked for. */
  readonly authorities: Readonly<Record<string, string>>;
}

export interface WebPage {
  readonly status: number;
  readonly type: 'application/json' | 'text/plain';
  readonly body: string;
}

const MIN_CLIENT: Readonly<Record<TeleportVersion, string>> = {
  '18.0.0': '17.0.0-aa',
  '15.1.4': '14.0.0-aa',
};

/** Answers `GET target`. */
export function webPage(target: string, facts: WebFacts): WebPage {
  const { pathname, searchParams } = new URL(target, 'https://proxy');
  if (pathname === '/webapi/ping' || pathname === '/webapi/find') return json(200, describe(facts));
  if (pathname === '/webapi/auth/export') return exported(searchParams.get('type') ?? '', facts);
  return failure(404, 'path not found');
}

function describe({ clusterName, version, publicAddress, tlsRouting }: WebFacts): unknown {
  return {
    auth: { type: 'local', second_factor: 'otp', local: { name: '' } },
    proxy: {
      kube: { enabled: false },
      ssh: { listen_addr: publicAddress, public_addr: publicAddress, tunnel_public_addr: publicAddress },
      db: {},
      tls_routing_enabled: tlsRouting,
    },
    server_version: version,
    min_client_version: MIN_CLIENT[version],
    cluster_name: clusterName,
    edition: 'oss',
  };
}

function exported(type: string, { authorities }: WebFacts): WebPage {
  const pem = authorities[type];
  if (pem === undefined) return failure(400, `"${type}" authority type is not supported`);
  return { status: 200, type: 'text/plain', body: pem };
}

function failure(status: number, message: string): WebPage {
  return json(status, { error: { message } });
}

function json(status: number, value: unknown): WebPage {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}
