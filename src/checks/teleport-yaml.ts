import type { Site } from '../site/site.ts';
import type { Agent, TeleportYaml } from '../site/teleport-yaml.ts';
import { agentLabels, isCloud } from '../site/wanted.ts';
import { matchesLabels } from '../teleport/matcher.ts';
import { type Check, type Finding, fail, pass, skip, warn } from './check.ts';

/** The configuration of the Teleport agent on this host. */
export const TELEPORT_YAML_CHECKS: readonly Check[] = [
  {
    id: 'agent-config',
    title: "This host's Teleport agent serves the databases of this environment",
    fix: 'agent',
    inspect: (site) => onFile(site, ({ databases }) => judgeLocal(databases, 'db_service', site)),
  },
  {
    id: 'app-agent-config',
    title: "This host's Teleport agent serves the Engine's app",
    fix: 'agent',
    async inspect(site) {
      if (site.config.app === undefined) return skip('No app is wanted (--no-app).');
      return onFile(site, ({ apps }) => judgeLocal(apps, 'app_service', site));
    },
  },
  {
    id: 'local-auth-service',
    title: "No Auth service of this host's own stands in tctl's way",
    fix: 'agent',
    inspect: (site) =>
      onFile(site, ({ isAuth, proxy }) => {
        const { teleportYaml } = site.config;
        if (!isAuth) return pass('auth_service is off.');
        const cure = `auth_service and proxy_service with "enabled: false" in ${teleportYaml}.`;
        if (isCloud(site.config)) {
          return fail(
            'auth_service is on (by default, where the section is missing), but Teleport Cloud has its own: the agent ' +
              'does not join.',
            cure,
          );
        }
        if (proxy === undefined) {
          return pass(
            `It is a cluster of its own. By hand, use the bot's identity with TELEPORT_CONFIG_FILE= before tctl.`,
          );
        }
        return warn(
          `auth_service is on in ${teleportYaml}, although the host joins ${proxy}: tctl typed here acts on an empty ` +
            'cluster of its own, whatever --identity says (the sidecar is not misled).',
          cure,
        );
      }),
  },
];

async function onFile(
  { teleportYaml, config }: Site,
  judge: (file: TeleportYaml) => Finding,
): Promise<Finding> {
  const reading = await teleportYaml();
  if (reading.state === 'read') return judge(reading.value);
  if (reading.state === 'closed') return skip(`${config.teleportYaml}: ${reading.reason}.`);
  return skip(`There is no ${config.teleportYaml} on this host.`);
}

function judgeLocal({ isEnabled, matchers }: Agent, section: string, { config }: Site): Finding {
  const cure =
    `In ${config.teleportYaml}: ${section} with enabled: true and, under resources, labels dblab: "true" and ` +
    `environment: "${config.environmentId}"; then restart the agent (dblab teleport setup does the first).`;
  if (!isEnabled) return fail(`${section} is not enabled in ${config.teleportYaml}.`, cure);
  const labels = agentLabels(config);
  const matching = matchers.filter((matcher) => matchesLabels(matcher, labels));
  if (matching.length === 0) {
    return fail(`${section}.resources in ${config.teleportYaml} matches nothing of this environment.`, cure);
  }
  return pass(`${section} matches it.`);
}
