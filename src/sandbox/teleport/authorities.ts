import { isIP } from 'node:net';
import type { Authority } from './authority.ts';
import { createAuthority } from './authority.ts';

/** What a TLS server shows and proves; both PEM. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Who vouches for whom in the stand-in cluster. */
export interface Authorities {
  /** For Auth's own certificate; identity files carry it. */
  readonly host: Authority;
  /** For the certificates of users; no file carries it. */
  readonly user: Authority;
  readonly databaseClient: Authority;
  /** For the proxy's web certificate: of the world outside in a real cluster. */
  readonly web: Authority;
  readonly authCertificate: ServerCertificate;
  readonly webCertificate: ServerCertificate;
}

/** `host` is where the proxy listens; `now` is in milliseconds. */
export async function createAuthorities(
  clusterName: string,
  host: string,
  now: number,
): Promise<Authorities> {
  const [hostAuthority, user, databaseClient, web] = await Promise.all([
    createAuthority(clusterName, now),
    createAuthority(clusterName, now),
    createAuthority(clusterName, now),
    createAuthority('the outside world', now),
  ]);
  return {
    host: hostAuthority,
    user,
    databaseClient,
    web,
    authCertificate: await serverCertificate(hostAuthority, [
      { type: 'dns', value: 'teleport.cluster.local' },
      { type: 'dns', value: '*.teleport.cluster.local' },
    ]),
    webCertificate: await serverCertificate(web, [
      { type: 'dns', value: 'localhost' },
      { type: isIP(host) ? 'ip' : 'dns', value: host },
    ]),
  };
}

async function serverCertificate(
  authority: Authority,
  server: NonNullable<Parameters<Authority['issue']>[0]['server']>,
): Promise<ServerCertificate> {
  const subject = [{ CN: [server[0]?.value ?? ''] }];
  const { certificate, key } = await authority.issue({ subject, notAfter: 'never', server });
  return { cert: certificate, key: key.export({ format: 'pem', type: 'pkcs8' }).toString() };
}
