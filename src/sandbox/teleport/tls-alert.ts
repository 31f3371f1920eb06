import { createCipheriv, createHmac } from 'node:crypto';

/**
 * Node's TLS servers cannot say why they refuse a client's certificate: they just hang up. A real Teleport
 * sends an alert, and clients explain their failure by it. So the alert is made here, by RFC 8446, for the
 * one version and cipher suite below.
 */
export const ALERT_TLS_VERSION = 'TLSv1.3';
export const ALERT_CIPHER_SUITE = 'TLS_AES_128_GCM_SHA256';

export const CERTIFICATE_EXPIRED = 45;
export const UNKNOWN_CA = 48;

const FATAL = 2;
const ALERT = 21;
const KEY_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const APPLICATION_DATA_HEADER = Buffer.from([23, 3, 3, 0, 3 + TAG_BYTES]);

/** The secret behind what the server sends once the handshake is over, if the `keylog` line is about it. */
export function serverSecretIn(line: Buffer): Buffer | undefined {
  const secret = /^SERVER_TRAFFIC_SECRET_0 \S+ (\S+)/.exec(line.toString('latin1'))?.[1];
  return secret === undefined ? undefined : Buffer.from(secret, 'hex');
}

/** The record of a fatal alert; it must be the first that is sent under the secret. */
export function fatalAlert(description: number, secret: Buffer): Buffer {
  // The nonce of the first record, number 0, is the IV itself.
  const cipher = createCipheriv(
    'aes-128-gcm',
    expand(secret, 'key', KEY_BYTES),
    expand(secret, 'iv', IV_BYTES),
  );
  cipher.setAAD(APPLICATION_DATA_HEADER);
  const sealed = cipher.update(Buffer.from([FATAL, description, ALERT]));
  return Buffer.concat([APPLICATION_DATA_HEADER, sealed, cipher.final(), cipher.getAuthTag()]);
}

/** HKDF-Expand-Label without a context, for at most one block of SHA-256. */
function expand(secret: Buffer, label: string, bytes: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, bytes, name.length]), name, Buffer.from([0])]);
  const block = createHmac('sha256', secret)
    .update(Buffer.concat([info, Buffer.from([1])]))
    .digest();
  return block.subarray(0, bytes);
}
