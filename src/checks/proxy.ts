import { dialError } from '../teleport/api-dial-error.ts';
import { TeleportError } from '../teleport/error.ts';
import { type Check, fail, pass, skip, warn } from './check.ts';

const OLDEST = 14;
/** Certificates of a bot live an hour and begin a minute before they are asked for. */
const SKEW_WARN_MS = 30_000;
const SKEW_FAIL_MS = 120_000;

/** The Teleport proxy, and the ways that lead through it. */
export const PROXY_CHECKS: readonly Check[] = [
  {
    id: 'proxy-reachable',
    title: 'The Teleport proxy answers, with a certificate that this host trusts',
    async inspect({ proxy, config }) {
      try {
        const { cluster, version } = await proxy();
        return pass(
          `Cluster ${cluster}, Teleport ${version || 'of an unknown version'}, at ${config.proxy}.`,
        );
      } catch (error) {
        if (error instanceof TeleportError) throw error;
        const { kind, message } = dialError(error);
        return fail(
          `GET https://${config.proxy}/webapi/find failed: ${message}.`,
          kind === 'untrusted'
            ? 'Name the authority that signed the web certificate with --teleport-ca-file, or correct the address.'
            : 'Check the address (--teleport-proxy), that Teleport runs, and the network between.',
        );
      }
    },
  },
  {
    id: 'proxy-version',
    title: `Teleport is recent enough (${OLDEST})`,
    needs: ['proxy-reachable'],
    async inspect({ proxy }) {
      const { version } = await proxy();
      const major = majorOf(version);
      if (major === undefined) return skip('The proxy tells no version.');
      if (major >= OLDEST) return pass(`It is ${version}.`);
      return fail(`It is ${version}.`, `Upgrade Teleport to ${OLDEST} or newer.`);
    },
  },
  {
    id: 'clock-skew',
    title: "This host's clock agrees with the proxy's",
    needs: ['proxy-reachable'],
    async inspect({ proxy, clock }) {
      const asked = clock.now();
      const { time } = await proxy();
      if (time === undefined) return skip('The proxy tells no time.');
      // The header has whole seconds, and the answer may have been read earlier in this run.
      const apart = Math.abs(time - asked);
      const seconds = Math.round(apart / 1000);
      if (apart < SKEW_WARN_MS) return pass('They are less than half a minute apart.');
      const evidence = `They are ${seconds} s apart.`;
      const cure = 'Keep both clocks by NTP (timedatectl status): certificates count in minutes.';
      return apart < SKEW_FAIL_MS ? warn(evidence, cure) : fail(evidence, cure);
    },
  },
  {
    id: 'tls-routing',
    title: "The proxy's web port leads to Teleport's API (TLS routing)",
    needs: ['proxy-reachable'],
    async inspect({ proxy, config }) {
      const { hasTlsRouting } = await proxy();
      if (hasTlsRouting) return pass('The proxy says so.');
      return warn(
        `TLS routing is off at ${config.proxy}: its web port does not lead to the Auth service.`,
        'Name the Auth service itself (port 3025) with --teleport-proxy, or let the sidecar use tctl.',
      );
    },
  },
];

/** Once the proxy and the identity are known to be right. */
export const TRANSPORT_CHECKS: readonly Check[] = [
  {
    id: 'teleport-transport',
    title: "Teleport's API or tctl lets the sidecar in",
    needs: ['proxy-reachable', 'identity-file', 'identity-expiry', 'identity-cluster'],
    async inspect({ resources, resourcesByTctl, route, config }) {
      if (config.transport === 'tctl') {
        await resourcesByTctl();
        return pass('tctl listed what there is (--transport tctl).');
      }
      try {
        await resources();
        return pass(`The API did, by way of: ${route() ?? 'api'}.`);
      } catch (error) {
        if (!(error instanceof TeleportError) || config.transport === 'api') throw error;
        const other = await resourcesByTctl().catch((reason: unknown) => reason);
        if (other instanceof Error) return fail(error.message, `Nor does tctl: ${other.message}`);
        return warn(
          `Only tctl does. ${error.message}`,
          'Nothing has to be done: tctl is slower, and that is all.',
        );
      }
    },
  },
  {
    id: 'tctl-version',
    title: 'tctl, where it is needed, is not too old for the server',
    needs: ['proxy-reachable'],
    async inspect({ admin, proxy, signal, config }) {
      const text = await admin.ask(['version'], signal).catch((error: unknown) => error);
      if (text instanceof Error) {
        if (config.transport === 'tctl') throw text;
        return skip(`${text.message} The API needs no tctl.`);
      }
      const tctl = /v?(\d+\.\d+\.\d+\S*)/.exec(String(text))?.[1] ?? '';
      const [client, server] = [majorOf(tctl), majorOf((await proxy()).version)];
      if (client === undefined || server === undefined) return skip('One of the two versions is not known.');
      // A server refuses clients that are two major versions or more behind it.
      if (client > server - 2) return pass(`tctl is ${tctl}.`);
      return fail(
        `tctl is ${tctl}, the server is of version ${server}: it refuses clients so old.`,
        'Install the tctl of the server, or name another one with --tctl-path.',
      );
    },
  },
];

function majorOf(version: string): number | undefined {
  const major = /^v?(\d+)\./.exec(version)?.[1];
  return major === undefined ? undefined : Number(major);
}
