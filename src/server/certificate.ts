import { statSync } from 'node:fs';
import type { Server as HttpsServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { seldom } from '../lib/seldom.ts';
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
const COMPLAIN_MS = 3_600_000;

/** What a listener shows; throws a `CertificateError` unless the files hold a certificate and its own key. */
export class Certificate {
  readonly files: CertificateFiles;
  #shown: CertificatePair;

  constructor(files: CertificateFiles) {
    this.files = files;
    this.#shown = readPair(files);
  }

  get shown(): CertificatePair {
    return this.#shown;
  }

  get isKeyReadableByOthers(): boolean {
    return (statSync(this.files.key).mode & 0o077) !== 0;
  }

  /** Whether the files hold another pair now, which is then shown; throws as the constructor does. */
  renew(): boolean {
    const { cert, key } = readPair(this.files);
    if (cert === this.#shown.cert && key === this.#shown.key) return false;
    this.#shown = { cert, key };
    return true;
  }
}

/** Warns of a key that others may read, then lets the servers show a renewed certificate within a minute. */
export async function careForCertificate(
  certificate: Certificate,
  servers: readonly HttpsServer[],
  { clock, log, signal }: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const { cert, key } = certificate.files;
  if (certificate.isKeyReadableByOthers)
    log.warn({}, `Others than its owner may read ${key}, which holds a private key: chmod 600 ${key}`);
  const due = seldom(clock, COMPLAIN_MS);
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal);
    const problem = attempt(() => {
      if (!certificate.renew()) return;
      for (const server of servers) server.setSecureContext(certificate.shown);
      log.info({}, `Webhooks are received with the new certificate in ${cert}.`);
    });
    if (problem !== undefined && due('') !== undefined)
      log.warn({}, `${problem.message} The former certificate stays in use.`);
  }
}

/** Between two writes the pair may not match: that is no reason to stop. */
function attempt(renew: () => void): CertificateError | undefined {
  try {
    renew();
    return undefined;
  } catch (error) {
    if (error instanceof CertificateError) return error;
    throw error;
  }
}

function readPair(files: CertificateFiles): CertificatePair {
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

function readPem(path: string, flag: string): string {
  try {
    return readSmallFile(path, MAX_BYTES);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CertificateError(`${path} (${flag}) cannot be read: ${reason}.`);
  }
}
