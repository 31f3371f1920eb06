import type { TctlAnswer } from './protocol.ts';

/** What tctl itself says, before or without a cluster that answers. */

/** tctl colours its errors even where no terminal is. */
export const failure = (text: string, stdout = ''): TctlAnswer => ({
  exit: 1,
  stdout,
  stderr: `\u001b[31mERROR: \u001b[0m${text}\n\n`,
});

export const success = (stdout: string): TctlAnswer => ({ exit: 0, stdout, stderr: '' });

/** The cause is swallowed: refused, unknown host and a foreign identity all look like this. */
export const cannotConnect = (authServer: string): TctlAnswer => ({
  exit: 1,
  stdout: '',
  stderr: `ERROR: Cannot connect to the auth server. Is the auth server running on "${authServer}"?\n`,
});

/** Says nothing of the identity: without one, tctl looks for a cluster on this machine. */
export const identityMissing = (version: string): TctlAnswer =>
  failure(
    `Could not load Teleport host UUID file at /var/lib/teleport/host_uuid. Please make sure that ${
      isModern(version)
        ? 'a Teleport Auth Service instance is running on this host prior to using tctl or provide credentials by logging in with tsh first.'
        : 'Teleport is up and running prior to using tctl.'
    }\n\tlstat /var/lib/teleport: no such file or directory`,
  );

export const identityGarbled = (reason: string): TctlAnswer =>
  failure(`failed to parse identity file\n\t${reason}`);

export const identityExpired = (version: string): TctlAnswer =>
  failure(
    `your credentials have expired, please ${isModern(version) ? 'log in' : 'login'} using \`tsh login\``,
  );

export const versionLine = (version: string): TctlAnswer => success(`Teleport v${version} git: go1.26.8\n`);

const isModern = (version: string): boolean => !version.startsWith('15.');
