import { request } from 'node:http';
import { execa } from 'execa';
import { follow } from '../lib/abort.ts';
import { formatAddress } from '../lib/address.ts';
import type { Hook } from '../site/server-yml.ts';
import type { Site } from '../site/site.ts';
import { isLoopback, NEEDED_TRIGGERS, WEBHOOK_PATH, webhookUrl } from '../site/wanted.ts';
import { type Check, type Finding, fail, pass, skip, warn } from './check.ts';

const WITHIN_MS = 5_000;
/** An event that concerns no clone: the sidecar checks its secret, and ignores it. */
const NO_OP = { event_type: 'dblab_doctor', entity_id: 'dblab-doctor' };

/** From the Engine's configuration to the sidecar's ear. */
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
  {
    id: 'webhook-delivery',
    title: 'The sidecar takes a webhook with that secret',
    needs: ['sidecar-running'],
    async inspect({ config, signal, clock }) {
      const [secret] = config.webhookSecrets;
      if (secret === undefined) return skip("The sidecar's secret is not known here: give WEBHOOK_SECRET.");
      const here = { ...config.listen, host: config.listen.host.replace(/^(0\.0\.0\.0|::)?$/, '127.0.0.1') };
      const address = formatAddress(here);
      const { controller, letGo } = follow(signal);
      const settled = new AbortController();
      void clock.sleep(WITHIN_MS, settled.signal).then(() => controller.abort());
      try {
        const status = await post(`http://${address}${WEBHOOK_PATH}`, secret.reveal(), controller.signal);
        return judgeAnswer(status, address);
      } catch (error) {
        signal.throwIfAborted();
        const why = error instanceof Error && 'code' in error ? String(error.code) : 'no answer in time';
        return fail(
          `Nobody takes webhooks at ${address}: ${why}.`,
          'Compare --listen-addr with what the sidecar says when it starts (journalctl -u dblab-teleport-sidecar).',
        );
      } finally {
        settled.abort();
        letGo();
      }
    },
  },
  {
    id: 'webhook-from-engine',
    title: "The Engine's container reaches the sidecar",
    needs: ['webhook-address', 'webhook-delivery'],
    inspect: async (site) => {
      const hook = await hookOf(site);
      if (hook === undefined) return skip('There is no webhook.');
      if (site.config.root !== '/') return skip('--root stands for another host.');
      return askFromContainer(hook.url, site);
    },
  },
];

async function hookOf({ serverYml }: Site): Promise<Hook | undefined> {
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
  if (hostname === 'host.docker.internal') {
    return warn(
      'It is sent to host.docker.internal, which on Linux is no name unless the container was started with ' +
        '--add-host=host.docker.internal:host-gateway.',
      `Write ${right}, or make sure of that flag.`,
    );
  }
  return pass(url);
}

function judgeAnswer(status: number | undefined, address: string): Finding {
  if (status === 200) return pass(`It took a test event at ${address}.`);
  if (status === 401) {
    return fail(
      `The sidecar at ${address} refuses the secret: it was started with another one.`,
      'Restart it (systemctl restart dblab-teleport-sidecar), or correct WEBHOOK_SECRET.',
    );
  }
  return fail(
    `What listens at ${address} answers HTTP ${status}: it is no sidecar.`,
    'See who listens there (ss -ltnp), and give one of the two another address.',
  );
}

async function post(url: string, secret: string, signal: AbortSignal): Promise<number | undefined> {
  const body = JSON.stringify(NO_OP);
  return new Promise((resolve, reject) => {
    const headers = {
      'dblab-webhook-token': Buffer.from(secret).toString('latin1'),
      'content-type': 'application/json',
    };
    const asked = request(url, { method: 'POST', headers, agent: false, signal }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Without the secret, which would show in the container's process list: the refusal is proof enough. */
async function askFromContainer(url: string, { config, signal, env }: Site): Promise<Finding> {
  const { engineContainer } = config;
  const command = ['exec', engineContainer, 'wget', '-q', '-S', '-O', '-', '-T', '5', url];
  const path = env['PATH'];
  const result = await execa('docker', command, {
    env: path === undefined ? {} : { PATH: path },
    extendEnv: false,
    reject: false,
    timeout: 4 * WITHIN_MS,
    maxBuffer: 65_536,
    cancelSignal: signal,
    forceKillAfterDelay: 500,
  });
  signal.throwIfAborted();
  if (/\b(405|401)\b/.test(result.stderr)) return pass(`From ${engineContainer}, ${url} answers.`);
  if (result.exitCode === undefined) return skip('There is no docker that can be asked.');
  const said = result.stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
  if (/^(Error|Cannot connect|permission denied|OCI runtime)/i.test(said) || result.exitCode > 120) {
    return skip(`docker exec ${engineContainer} wget: ${said}`);
  }
  return fail(
    `From ${engineContainer}, ${url} cannot be reached: ${said}.`,
    'A firewall on this host may keep the bridge out (iptables -L INPUT), or the sidecar listens elsewhere.',
  );
}

function pathOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).pathname.replace(/\/+$/, '') : undefined;
}
