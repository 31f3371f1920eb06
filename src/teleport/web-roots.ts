/** Who is trusted to sign the web certificate of a Teleport proxy: the system's authorities and one file. */
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { TeleportError } from './error.ts';

/** Where Go programs look for the system's certificates. */
const SYSTEM_ROOTS = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** PEM. `preferred` is looked at instead of the usual places; Node's own list is the last resort. */
export async function systemRoots(preferred?: string): Promise<string> {
  for (const file of preferred === undefined ? SYSTEM_ROOTS : [preferred]) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return rootCertificates.join('\n');
}

/** Never returns: the file of --teleport-ca-file is of no use. */
export function refuseCaFile(caFile: string | undefined, error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error);
  throw new TeleportError(
    'unknown',
    `The CA file ${caFile} (--teleport-ca-file) cannot be read: ${reason}.`,
    error,
  );
}
