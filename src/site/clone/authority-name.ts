import { X509Certificate } from 'node:crypto';

/**
 * The subject of a certificate (PEM; the first, where there are several) as DER in hex: what a TLS server sends
 * as the name of an authority that it trusts. Throws for what is no certificate.
 */
export function subjectOf(pem: string): string {
  const [certificate] = childrenOf(new X509Certificate(pem).raw);
  // RFC 5280, 4.1: version (with a tag of its own), serialNumber, signature, issuer, validity, subject.
  const fields = childrenOf(certificate ?? Buffer.alloc(0));
  const versionFields = fields[0]?.[0] === 0xa0 ? 1 : 0;
  const subject = fields[versionFields + 4];
  if (subject === undefined) throw new Error('the certificate has no subject');
  return subject.toString('hex');
}

/** The elements that a constructed DER element holds, each with its head. */
function childrenOf(element: Buffer): Buffer[] {
  const { start, end } = contentOf(element, 0);
  const children: Buffer[] = [];
  let at = start;
  while (at < end) {
    const child = contentOf(element, at);
    children.push(element.subarray(at, child.end));
    at = child.end;
  }
  return children;
}

/** Tag, then a length in one byte or, where that has its first bit, in as many as the others say. */
function contentOf(bytes: Buffer, at: number): { start: number; end: number } {
  const first = bytes.readUInt8(at + 1);
  const more = first < 0x80 ? 0 : first & 0x7f;
  const length = more === 0 ? first : bytes.readUIntBE(at + 2, more);
  const start = at + 2 + more;
  return { start, end: start + length };
}
