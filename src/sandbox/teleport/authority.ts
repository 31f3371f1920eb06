import type { KeyObject } from 'node:crypto';
import { createPublicKey, generateKeyPair, randomBytes, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';

/** One RDN per entry, as the X.509 library takes them: an attribute may have several values. */
type Subject = Record<string, string[]>[];

interface Issued {
  /** PEM. */
  readonly certificate: string;
  readonly key: KeyObject;
}

interface Request {
  readonly subject: Subject;
  /** Milliseconds since the epoch; may be in the past. */
  readonly notAfter: number | 'never';
  readonly keyType?: 'ec' | 'rsa';
  /** For a server: the names and addresses under which it is reached. Without them it is a client's. */
  readonly server?: readonly ServerName[];
}

interface ServerName {
  readonly type: 'dns' | 'ip';
  readonly value: string;
}

/** A certificate authority of the stand-in cluster; its key lives and dies with the process. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** Makes a key and a certificate for it. */
  issue(request: Request): Promise<Issued>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 3600 * 1000;
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';
/** Far off, so that TLS, which goes by the real time, accepts what was made under a clock that was set back. */
const FOREVER = new Date('2049-12-31T00:00:00Z');
const makeKey = promisify(generateKeyPair);

/** As in Teleport: O and CN of an authority are the cluster's name. `now` is in milliseconds. */
export async function createAuthority(clusterName: string, now: number): Promise<Authority> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ O: [clusterName] }, { CN: [clusterName] }],
    notBefore: new Date(now - DAY_MS),
    notAfter: FOREVER,
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
    ],
  });
  return {
    certificate: `${own.toString('pem')}\n`,
    async issue({ subject, notAfter, keyType = 'ec', server }) {
      const key = await newKey(keyType);
      const issued = await x509.X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        subject,
        issuer: own.subjectName,
        notBefore: new Date((notAfter === 'never' ? now : Math.min(now, notAfter)) - DAY_MS),
        notAfter: notAfter === 'never' ? FOREVER : new Date(notAfter),
        signingAlgorithm: ALGORITHM,
        publicKey: createPublicKey(key).export({ format: 'der', type: 'spki' }),
        signingKey: keys.privateKey,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(
            x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
            true,
          ),
          new x509.ExtendedKeyUsageExtension([server ? SERVER_AUTHENTICATION : CLIENT_AUTHENTICATION]),
          ...(server ? [new x509.SubjectAlternativeNameExtension([...server])] : []),
        ],
      });
      return { certificate: `${issued.toString('pem')}\n`, key };
    },
  };
}

/** The library's parts find each other through a container that insists on the metadata polyfill. */
async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

async function newKey(type: 'ec' | 'rsa'): Promise<KeyObject> {
  const { privateKey } =
    type === 'ec'
      ? await makeKey('ec', { namedCurve: 'P-256' })
      : await makeKey('rsa', { modulusLength: 2048 });
  return privateKey;
}

function serialNumber(): string {
  // The first bit stays clear: serial numbers are positive.
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString('hex');
}
