import { formatAddress } from '../lib/address.ts';
import type { Hook } from '../site/server-yml.ts';
import type { Site } from '../site/site.ts';
import { isLoopback, NEEDED_TRIGGERS, WEBHOOK_PATH, webhookUrl } from '../site/wanted.ts';
import { type Check, type Finding, fail, pass, skip, warn } from './check.ts';

/** What the Engine is told to send, and where. */
export const WEBHOOK_CHECKS: readonly Check[] = [
  {
    id: 'webhook-configured',
    title: 'The Engine is told to send webhooks to the sidecar',
    needs: ['server-yml-file'],
    fix: 'server-yml',
    inspect: (site) =>
      onHook(site, (hook) => {
        const cure = `Under webhooks.hooks of server.yml: url "${webhookUrl(site.config)}", the secret, and trigger [clone_create, clone_delete].`;
        if (hook === undefined) {
          return warn(
            `No hook leads to ${WEBHOOK_PATH}: clones are found by asking the Engine every 15 s, not within a second.`,
            cure,
          );
        }
        const missing = NEEDED_TRIGGERS.filter((it) => !hook.triggers.includes(it));
        if (missing.length === 0) return pass(`It sends ${hook.triggers.join(', ')} to ${hook.url}.`);
        return warn(`The hook to ${hook.url} is not sent for ${missing.join(' and ')}.`, cure);
      }),
  },
  {
    id: 'webhook-address',
    title: "The address of the webhook leads out of the Engine's container to the sidecar",
    needs: ['webhook-configured'],
    fix: 'server-yml',
    inspect: (site) =>
      onHook(site, (hook) => (hook === undefined ? skip('There is no webhook.') : judgeAddress(hook, site))),
  },
  {
    id: 'webhook-secret',
    title: 'The Engine sends the secret that the sidecar expects',
    needs: ['webhook-configured'],
    fix: 'server-yml',
    inspect: (site) =>
      onHook(site, (hook) => {
        const { webhookSecrets } = site.config;
        if (hook === undefined) return skip('There is no webhook.');
        if (webhookSecrets.length === 0)
          return skip("The sidecar's secret is not known here: give WEBHOOK_SECRET.");
        if (/\$\{\w+\}/.test(hook.secret)) return skip('The Engine takes it from a variable of its own.');
        if (webhookSecrets.some((secret) => secret.matches(hook.secret))) return pass('They are equal.');
        return fail(
          "The secret in server.yml is not the sidecar's: webhooks are refused with 401, clones are found late.",
          `Write the same secret into server.yml (webhooks.hooks[].secret) and ${site.paths.envFile} (WEBHOOK_SECRET).`,
        );
      }),
  },
];

/** The hook that leads to a sidecar, where the Engine has one. */
export async function hookOf({ serverYml }: Site): Promise<Hook | undefined> {
  const reading = await serverYml();
  if (reading.state !== 'read') return undefined;
  return reading.value.hooks.find(({ url }) => pathOf(url) === WEBHOOK_PATH);
}

async function onHook(site: Site, judge: (hook: Hook | undefined) => Finding): Promise<Finding> {
  const reading = await site.serverYml();
  return reading.state === 'read' ? judge(await hookOf(site)) : skip('server.yml cannot be read here.');
}

function judgeAddress({ url }: Hook, { config }: Site): Finding {
  const { hostname, port, protocol } = new URL(url);
  const number = Number(port || (protocol === 'https:' ? 443 : 80));
  const right = webhookUrl(config);
  if (isLoopback(hostname.replace(/^\[|\]$/g, ''))) {
    return fail(
      `It is sent to ${hostname}, which inside the Engine's container is that container itself.`,
      `Write ${right}, the address of Docker's bridge on this host.`,
    );
  }
  if (isLoopback(config.listen.host)) {
    return fail(
      `The sidecar listens at ${formatAddress(config.listen)}, where no container gets to.`,
      `Set --listen-addr (DBLAB_TELEPORT_LISTEN_ADDR) to 0.0.0.0:${config.listen.port}.`,
    );
  }
  if (number !== config.listen.port) {
    return fail(
      `It is sent to port ${number}; the sidecar listens on ${config.listen.port}.`,
      `Write ${right}.`,
    );
  }
  if (protocol !== new URL(right).protocol) {
    const [sent, taken] = config.tls ? ['in plain', 'TLS alone'] : ['over TLS', 'plain HTTP alone'];
    return fail(`It is sent ${sent}; the sidecar takes ${taken}.`, `Write ${right}.`);
  }
  if (hostname === 'host.docker.internal') {
    return warn(
      'It is sent to host.docker.internal, which on Linux is no name unless the container was started with ' +
        '--add-host=host.docker.internal:host-gateway.',
      `Write ${right}, or make sure of that flag.`,
    );
  }
  return pass(url);
}

function pathOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).pathname.replace(/\/+$/, '') : undefined;
}
