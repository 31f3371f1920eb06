import { randomBytes } from 'node:crypto';
import type { SiteConfig } from '../config/site.ts';
import { Secret } from '../lib/secret.ts';
import { HostFiles } from '../site/host-files.ts';
import { readServerYml } from '../site/server-yml.ts';
import { WEBHOOK_PATH } from '../site/wanted.ts';

/**
 * The configuration with a webhook secret: the one that was given, else the one that the Engine sends already,
 * else a new one. Both sides are then given the same.
 */
export async function withWebhookSecret(config: SiteConfig): Promise<SiteConfig> {
  if (config.webhookSecrets.length > 0) return config;
  const sent = await sentByEngine(config);
  return { ...config, webhookSecrets: [new Secret(sent ?? randomBytes(24).toString('base64url'))] };
}

/** What cannot be read is told of by the step that edits the file. */
async function sentByEngine({ root, serverYml }: SiteConfig): Promise<string | undefined> {
  const reading = await new HostFiles(root).read(serverYml);
  if (reading.state !== 'read') return undefined;
  try {
    const hook = readServerYml(reading.text).hooks.find(({ url }) => url.includes(WEBHOOK_PATH));
    return hook === undefined || hook.secret === '' || hook.secret.includes('${') ? undefined : hook.secret;
  } catch {
    return undefined;
  }
}
