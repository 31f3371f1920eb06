import { statSync } from 'node:fs';
import type { Server as HttpsServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { readSmallFile } from '../lib/small-file.ts';

/** Where a listener's certificate (PEM, followed by those between it and its authority) and its key lie. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** Its message names the files and their flags, and what is wrong with them. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

const MAX_BYTES = 1024 * 1024;
const LOOK_MS = 60_000;

/** Throws a `CertificateError` unless the files hold a certificate and its own key. */
export function readCertificate(files: CertificateFiles): CertificatePair {
  const cert = readPem(files.cert, '--tls-cert');
  const key = readPem(files.key, '--tls-key');
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CertificateError(
      `The certificate in ${files.cert} (--tls-cert) and the key in ${files.key} (--tls-key) do not serve: ${reason}.`,
    );
  }
  return { cert, key };
}

/** Warns of a key that others may read, then shows a renewed certificate within a minute, until aborted. */
export async function careForCertificate(
  servers: readonly HttpsServer[],
  { files, shown, clock, log }: CertificateCare,
  signal: AbortSignal,
): Promise<void> {
  if ((statSync(files.key).mode & 0o077) !== 0)
    log.warn(
      {},
      `Others than its owner may read ${files.key}, which holds a private key: chmod 600 ${files.key}`,
    );
  let { cert, key } = shown;
  let said = '';
  for (;;) {
    await clock.sleep(LOOK_MS, signal);
    if (signal.aborted) return;
    try {
      const found = readCertificate(files);
      if (found.cert === cert && found.key === key) continue;
      for (const server of servers) server.setSecureContext(found);
      ({ cert, key } = found);
      said = '';
      log.info({}, `The webhook listener shows the new certificate in ${files.cert}.`);
    } catch (error) {
      // Between two writes the pair may not match: the former one serves meanwhile.
      if (!(error instanceof CertificateError)) throw error;
      if (error.message !== said) log.warn({}, `${error.message} The former certificate stays in use.`);
      said = error.message;
    }
  }
}

interface CertificateCare {
  readonly files: CertificateFiles;
  /** What the servers show at first. */
  readonly shown: CertificatePair;
  readonly clock: Clock;
  readonly log: Log;
}

function readPem(path: string, flag: string): string {
  try {
    return readSmallFile(path, MAX_BYTES);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CertificateError(`${path} (${flag}) cannot be read: ${reason}.`);
  }
}
