import type { SiteConfig } from '../../config/site.ts';
import { PLACE } from '../../site/places.ts';
import { agentLabels } from '../../site/wanted.ts';

/** A whole configuration for a host that has no Teleport yet. */
export function agentYaml(config: SiteConfig): string {
  return `version: v3
teleport:
  proxy_server: ${config.proxy}
  join_params:
    method: token
    token_name: ${PLACE.agentToken}
auth_service:
  enabled: false
proxy_service:
  enabled: false
ssh_service:
  enabled: false
${agentServices({ ...config, noApp: config.app === undefined })}`;
}

/** The sections to have in a configuration that is there. Without app_service, the Engine's app is not reachable. */
export function agentServices(
  config: Pick<SiteConfig, 'environmentId'> & { readonly noApp?: boolean | undefined },
): string {
  const sections = config.noApp ? ['db_service'] : ['db_service', 'app_service'];
  const labels = Object.entries(agentLabels(config)).map(
    ([key, value]) => `        ${key}: ${JSON.stringify(value)}\n`,
  );
  return sections
    .map((section) => `${section}:\n  enabled: true\n  resources:\n    - labels:\n${labels.join('')}`)
    .join('');
}
