import { createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 3_600_000;
/** The guide's ten years. */
const LIFE_MS = 3650 * DAY_MS;

/** A key and a certificate that it signs itself, as PEM; `now` in milliseconds. Teleport does not verify it. */
export async function selfSigned(
  commonName: string,
  now: number,
): Promise<{ certificate: string; key: string }> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [signing, verifying] = await Promise.all([
    webcrypto.subtle.importKey(
      'pkcs8',
      privateKey.export({ format: 'der', type: 'pkcs8' }),
      ALGORITHM,
      false,
      ['sign'],
    ),
    webcrypto.subtle.importKey(
      'spki',
      createPublicKey(privateKey).export({ format: 'der', type: 'spki' }),
      ALGORITHM,
      true,
      ['verify'],
    ),
  ]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    name: [{ CN: [commonName] }],
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + LIFE_MS),
    signingAlgorithm: ALGORITHM,
    keys: { privateKey: signing, publicKey: verifying },
  });
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}
