import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { createServer } from 'node:tls';
import type { User } from './auth.ts';
import { NOBODY } from './auth.ts';
import type { ServerCertificate } from './authorities.ts';
import {
  ALERT_CIPHER_SUITE,
  ALERT_TLS_VERSION,
  CERTIFICATE_EXPIRED,
  fatalAlert,
  serverSecretIn,
  UNKNOWN_CA,
} from './tls-alert.ts';

interface AuthTlsOptions {
  readonly certificate: ServerCertificate;
  readonly whoIs: (certificate: string) => User | 'expired' | 'stranger';
  /** Takes over a connection that is through; HTTP/2 was agreed on. */
  readonly serve: (socket: TLSSocket, user: User) => void;
}

const ALERTS = { expired: CERTIFICATE_EXPIRED, stranger: UNKNOWN_CA } as const;

/**
 * Auth's end of a TLS handshake: HTTP/2 or nothing. A client that shows no certificate comes in as nobody; one
 * whose certificate is not accepted learns why by an alert, which in TLS 1.3 it hears after it believed to be in.
 */
export function acceptAuthTls(stream: Duplex, options: AuthTlsOptions): void {
  let secret: Buffer | undefined;
  // A server for this one connection: only so is the stream below its TLS at hand.
  const server = createServer({
    ...options.certificate,
    // Who vouches for users is not said: OpenSSL would take it for the issuer of Auth's own certificate, for
    // it has the same name, and send it along.
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
    minVersion: ALERT_TLS_VERSION,
    ciphers: ALERT_CIPHER_SUITE,
  });
  server.on('keylog', (line) => {
    secret = serverSecretIn(line) ?? secret;
  });
  server.on('tlsClientError', () => stream.destroy());
  server.on('secureConnection', (socket) => {
    socket.on('error', () => stream.destroy());
    const user = socket.alpnProtocol === 'h2' ? userOf(socket, options) : undefined;
    if (typeof user === 'object') options.serve(socket, user);
    else if (user === undefined || secret === undefined) stream.destroy();
    else stream.end(fatalAlert(ALERTS[user], secret));
  });
  server.emit('connection', stream);
}

function userOf(socket: TLSSocket, { whoIs }: AuthTlsOptions): User | 'expired' | 'stranger' {
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? NOBODY : whoIs(certificate.toString());
}
