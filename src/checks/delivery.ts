import { request } from 'node:http';
import { request as requestOverTls } from 'node:https';
import { execa } from 'execa';
import { follow } from '../lib/abort.ts';
import { formatAddress } from '../lib/address.ts';
import type { Site } from '../site/site.ts';
import { WEBHOOK_PATH } from '../site/wanted.ts';
import { type Check, type Finding, fail, pass, skip } from './check.ts';
import { hookOf } from './webhook.ts';

const WITHIN_MS = 5_000;
/** An event that concerns no clone: the sidecar checks its secret, and ignores it. */
const NO_OP = { event_type: 'dblab_doctor', entity_id: 'dblab-doctor' };

/** Whether a webhook arrives, tried from here and from where the Engine is. */
export const DELIVERY_CHECKS: readonly Check[] = [
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
        const status = await post(
          `${config.tls ? 'https' : 'http'}://${address}${WEBHOOK_PATH}`,
          secret.reveal(),
          controller.signal,
        );
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
    // The certificate is for the name that the Engine uses, and for the Engine to judge.
    const options = { method: 'POST', headers, agent: false, signal, rejectUnauthorized: false };
    const ask = url.startsWith('https:') ? requestOverTls : request;
    const asked = ask(url, options, (response) => {
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
