/**
 * A Teleport identity: the file that `tctl auth sign --format=file` and tbot write. It promises a key and
 * certificate that belong together; it knows neither files nor time, so whether the identity is still
 * valid is for the reader to say.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { Secret } from '../lib/secret.ts';
import { TeleportError } from './error.ts';

export interface Identity {
  /** Teleport user, `bot-NAME` for a bot. */
  readonly user: string;
  /** Roles that the certificate carries. */
  readonly roles: readonly string[];
  readonly cluster: string;
  /** Milliseconds since the epoch, both. */
  readonly notBefore: number;
  readonly expiresAt: number;
  /** PEM. */
  readonly key: Secret;
  readonly cert: string;
  /** The cluster's host CAs; several during a rotation. */
  readonly caCerts: readonly string[];
}

export const LARGEST_IDENTITY_BYTES = 1024 * 1024;

/**
 * Blocks are told apart by their place, as Teleport does: the first is the key, the second the client
 * certificate, the others are CAs. The SSH lines between them are tctl's business.
 * Throws a `TeleportError` with code `identity-invalid`, whose sentence names `file`.
 */
export function parseIdentity(text: string, file = ''): Identity {
  const refuse = (reason: string, cause?: unknown) => invalidIdentity(file, reason, cause);
  if (Buffer.byteLength(text) > LARGEST_IDENTITY_BYTES) throw refuse('it is larger than 1 MiB');
  const [key, cert, ...caCerts] = pemBlocks(text, refuse);
  if (key === undefined) throw refuse('it holds no key and no certificate');
  if (key.label.startsWith('PIV ')) {
    throw refuse(
      'its key lives on a hardware token. Issue an identity with a key of its own, e.g. with tbot',
    );
  }
  if (!key.label.endsWith('PRIVATE KEY') || cert?.label !== 'CERTIFICATE') {
    throw refuse(`it is not an identity file. ${HOW_TO_MAKE_ONE}`);
  }
  const caPems = caCerts.filter((it) => it.label === 'CERTIFICATE').map((it) => it.pem);
  try {
    return fromParts(createPrivateKey(key.pem), new X509Certificate(cert.pem), caPems);
  } catch (error) {
    throw refuse(error instanceof MismatchError ? error.message : 'its key or certificate is damaged', error);
  }
}

export function invalidIdentity(file: string, reason: string, cause?: unknown): TeleportError {
  const subject = file === '' ? 'The identity' : `The identity file ${file}`;
  return new TeleportError('identity-invalid', `${subject} cannot be used: ${reason}.`, cause);
}

/** The guide's `--format=tls` writes three files, none of which is an identity. */
export const HOW_TO_MAKE_ONE =
  'Make one with tbot (it writes DIR/identity) or with `tctl auth sign --format=file`; --format=tls makes other files';

interface PemBlock {
  readonly label: string;
  readonly pem: string;
}

type Refuse = (reason: string, cause?: unknown) => TeleportError;

function pemBlocks(text: string, refuse: Refuse): PemBlock[] {
  const blocks = [
    ...text.matchAll(/^-----BEGIN ([A-Z0-9 ]+)-----\r?\n[A-Za-z0-9+/=\s]*?^-----END \1-----/gm),
  ];
  const begun = text.match(/^-----BEGIN /gm)?.length ?? 0;
  if (begun !== blocks.length) {
    throw refuse(
      'it is cut off or damaged (tbot may be writing it at this moment; if this lasts, issue it anew)',
    );
  }
  return blocks.map(([pem, label = '']) => ({ label, pem: `${pem}\n` }));
}

class MismatchError extends Error {}

function fromParts(key: KeyObject, certificate: X509Certificate, caCerts: readonly string[]): Identity {
  if (!certificate.checkPrivateKey(key)) {
    throw new MismatchError('its key and its certificate do not belong together');
  }
  const { subject, issuer } = certificate.toLegacyObject();
  return {
    user: attribute(subject, 'CN')[0] ?? '',
    roles: attribute(subject, 'O'),
    cluster: attribute(subject, CLUSTER_NAME)[0] ?? attribute(issuer, 'CN')[0] ?? '',
    notBefore: Date.parse(certificate.validFrom),
    expiresAt: Date.parse(certificate.validTo),
    key: new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString()),
    cert: certificate.toString(),
    caCerts,
  };
}

/** Teleport's own attribute for the name of the cluster that issued the certificate. */
const CLUSTER_NAME = '1.3.9999.1.7';

/** Node gives an attribute that occurs once as a string and one that is repeated as a list. */
function attribute(name: unknown, key: string): readonly string[] {
  const values: unknown = Object.entries(name ?? {}).find(([it]) => it === key)?.[1];
  return [values].flat().filter((it) => typeof it === 'string');
}
