/**
 * What tctl finds around it: a home of its own, so that no profile, configuration or other version of
 * itself on this host takes part, and of our environment only what it needs to reach the proxy.
 */
import { access, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TeleportError } from './error.ts';
import { refuseCaFile, systemRoots } from './web-roots.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Tokens and webhook secrets of ours are not among them. */
const PASSED_ON = [
  ...['PATH', 'TMPDIR', 'LANG', 'TZ', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'TELEPORT_TLS_ROUTING_CONN_UPGRADE'],
  ...['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'no_proxy'],
];

export class TctlHome {
  readonly #caFile: string | undefined;
  readonly #outer: Environment;
  #made: { readonly folder: string; readonly caStamp: string } | undefined;
  #making: Promise<void> = Promise.resolve();

  /** `caFile` is trusted besides the system's certificates. */
  constructor({ caFile, env }: { caFile: string | undefined; env: Environment }) {
    this.#caFile = caFile;
    this.#outer = env;
  }

  /** The environment for a run; makes the home, or makes it again where it was cleaned away or the CA changed. */
  async environment(): Promise<Readonly<Record<string, string>>> {
    this.#making = this.#making.catch(() => {}).then(() => this.#make());
    await this.#making;
    const folder = this.#made?.folder ?? '';
    const passed = PASSED_ON.flatMap((name) => {
      const value = this.#outer[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    return {
      ...Object.fromEntries(passed),
      HOME: folder,
      TELEPORT_HOME: folder,
      TELEPORT_CONFIG_FILE: '',
      TELEPORT_TOOLS_VERSION: 'off',
      ...(this.#caFile === undefined ? {} : { SSL_CERT_FILE: bundleIn(folder) }),
    };
  }

  async remove(): Promise<void> {
    await this.#making.catch(() => {});
    if (this.#made !== undefined) await rm(this.#made.folder, { recursive: true, force: true });
    this.#made = undefined;
  }

  /** Cleaners of /tmp take old files away under a process that runs for weeks. */
  async #make(): Promise<void> {
    const caStamp = await this.#caStamp();
    if (this.#made?.caStamp === caStamp && (await isThere(this.#probe(this.#made.folder)))) return;
    const known = this.#made?.folder;
    const folder = known !== undefined && (await isThere(known)) ? known : await makeFolder();
    this.#made = { folder, caStamp: '' };
    if (this.#caFile !== undefined) await this.#writeBundle(this.#caFile, folder);
    this.#made = { folder, caStamp };
  }

  #probe(folder: string): string {
    return this.#caFile === undefined ? folder : bundleIn(folder);
  }

  async #caStamp(): Promise<string> {
    if (this.#caFile === undefined) return 'none';
    const { mtimeMs, size, ino } = await stat(this.#caFile).catch((error) =>
      refuseCaFile(this.#caFile, error),
    );
    return [mtimeMs, size, ino].join(':');
  }

  async #writeBundle(caFile: string, folder: string): Promise<void> {
    const own = await readFile(caFile, 'utf8').catch((error) => refuseCaFile(caFile, error));
    const bundle = `${await systemRoots(this.#outer['SSL_CERT_FILE'])}\n${own}`;
    // Another tctl may be reading the file that this one replaces.
    await writeFile(`${bundleIn(folder)}.new`, bundle, { mode: 0o600 });
    await rename(`${bundleIn(folder)}.new`, bundleIn(folder));
  }
}

async function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'dblab-tctl-')).catch((error: Error) => {
    throw new TeleportError(
      'unknown',
      `No folder for tctl can be made in ${tmpdir()}: ${error.message}.`,
      error,
    );
  });
}

function bundleIn(folder: string): string {
  return join(folder, 'trusted.pem');
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
