import { randomBytes, X509Certificate } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import type { User } from './auth.ts';
import type { Authority } from './authority.ts';
import type { TeleportVersion } from './document.ts';

const CLUSTER_NAME = '1.3.9999.1.7';

export interface IdentityRequest {
  readonly user: string;
  readonly roles: readonly string[];
  /** From now; negative for an identity that has expired. */
  readonly ttlMs: number;
}

interface Issuers {
  readonly clusterName: string;
  readonly version: TeleportVersion;
  readonly hostAuthority: Authority;
  readonly userAuthority: Authority;
}

/** Rewritten in place, as tbot does: a reader may find it empty or half-written. Readable by its owner alone. */
export async function writeIdentity(text: string, file: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  await chmod(file, 0o600);
}

/**
 * An identity file laid out as by `tctl auth sign --format=file` and tbot: private key, SSH certificate, TLS
 * certificate, SSH host authority, TLS host authority.
 */
export async function identityText(issuers: Issuers, request: IdentityRequest, now: number): Promise<string> {
  const { clusterName, hostAuthority, userAuthority, version } = issuers;
  const modern = version === '18.0.0';
  const { certificate, key } = await userAuthority.issue({
    subject: [{ CN: [request.user] }, { O: [...request.roles] }, { [CLUSTER_NAME]: [clusterName] }],
    notAfter: now + request.ttlMs,
    keyType: modern ? 'ec' : 'rsa',
  });
  return [
    key.export({ format: 'pem', type: modern ? 'pkcs8' : 'pkcs1' }),
    sshLine(modern ? 'ecdsa-sha2-nistp256-cert-v01@openssh.com' : 'ssh-rsa-cert-v01@openssh.com'),
    certificate,
    `@cert-authority ${clusterName},*.${clusterName} ${sshLine('ssh-ed25519').trimEnd()} type=host\n`,
    hostAuthority.certificate,
  ].join('');
}

/** Who the certificate speaks for; `expired` and `stranger` are refused, the first in words of its own. */
export function readCertificate(
  pem: string,
  userAuthority: Authority,
  now: number,
): User | 'expired' | 'stranger' {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    return 'stranger';
  }
  if (!certificate.verify(new X509Certificate(userAuthority.certificate).publicKey)) return 'stranger';
  if (Date.parse(certificate.validTo) <= now) return 'expired';
  const attributes = certificate.subject.split(/\n| \+ /).map((part) => part.split(/=(.*)/s));
  const values = (name: string) => attributes.filter(([key]) => key === name).map(([, value]) => value ?? '');
  return { name: values('CN')[0] ?? '', roles: values('O') };
}

/** Looks like the real thing to whoever splits it, and cannot be used to log in anywhere. */
function sshLine(type: string): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return `${type} ${Buffer.concat([length, Buffer.from(type), randomBytes(160)]).toString('base64')}\n`;
}
