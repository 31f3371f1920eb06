import { createPrivateKey, X509Certificate } from 'node:crypto';

/** The certificate, if the key is its own; else the end of a sentence about what is wrong. */
export function pairOf(certificate: string, key: string): X509Certificate | string {
  try {
    const parsed = new X509Certificate(certificate);
    return parsed.checkPrivateKey(createPrivateKey(key))
      ? parsed
      : 'the certificate and the key do not belong together';
  } catch {
    return 'the certificate or the key is damaged';
  }
}

/** Of every certificate in the text; none for what is none. */
export function fingerprints(pem: string): readonly string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block).fingerprint256];
    } catch {
      return [];
    }
  });
}
