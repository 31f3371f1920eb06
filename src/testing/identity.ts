import type { KeyObject } from 'node:crypto';
import { createAuthority } from '../sandbox/teleport/authority.ts';

/** The parts of an identity file, in their order; leave one out or swap it to damage the file. */
export interface IdentityParts {
  readonly key: string;
  readonly ssh: string;
  readonly cert: string;
  readonly sshAuthority: string;
  readonly authorities: string;
}

export interface IdentityWish {
  readonly user?: string;
  readonly roles?: readonly string[];
  readonly cluster?: string;
  /** Whose authority signs it, if not the cluster's own. */
  readonly issuer?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly keyType?: 'ec' | 'rsa';
  readonly keyFormat?: 'pkcs8' | 'pkcs1' | 'sec1';
  /** Attributes of the subject in one RDN, as some issuers write them, instead of one each. */
  readonly isOneRdn?: boolean;
  /** Left out by certificates that only the issuer's name tells the cluster of. */
  readonly hasClusterAttribute?: boolean;
}

/** Makes an identity as Teleport lays it out. */
export async function makeIdentity(wish: IdentityWish): Promise<IdentityParts> {
  const { cluster = 'example.com', expiresAt, keyType = 'ec', keyFormat = 'pkcs8' } = wish;
  const authority = await createAuthority(wish.issuer ?? cluster, expiresAt);
  const attributes = {
    CN: [wish.user ?? 'bot-dblab'],
    O: [...(wish.roles ?? ['dblab-bot'])],
    ...(wish.hasClusterAttribute === false ? {} : { '1.3.9999.1.7': [cluster] }),
  };
  const subject = wish.isOneRdn
    ? [attributes]
    : Object.entries(attributes).flatMap(([name, values]) => values.map((value) => ({ [name]: [value] })));
  const { key, certificate } = await authority.issue({ subject, notAfter: expiresAt, keyType });
  return {
    key: pem(key, keyFormat),
    ssh: 'ecdsa-sha2-nistp256-cert-v01@openssh.com AAAAKGVjZHNhLXNoYTI=\n',
    cert: certificate,
    sshAuthority: `@cert-authority ${cluster},*.${cluster} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 type=host\n`,
    authorities: authority.certificate,
  };
}

export function identityText(parts: IdentityParts): string {
  return [parts.key, parts.ssh, parts.cert, parts.sshAuthority, parts.authorities].join('');
}

function pem(key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1'): string {
  return key.export({ format: 'pem', type }).toString();
}
