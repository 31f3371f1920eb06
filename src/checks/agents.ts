import type { Site } from '../site/site.ts';
import { agentLabels, isLoopback } from '../site/wanted.ts';
import type { Agent } from '../teleport/agent.ts';
import { TeleportError } from '../teleport/error.ts';
import { matchesLabels } from '../teleport/matcher.ts';
import { appName } from '../teleport/name.ts';
import { type Check, fail, pass, skip, warn } from './check.ts';

const SERVED_NEEDS = ['teleport-transport', 'agent-config', 'agent-matches'];

/** The agents that carry people's connections, as the cluster knows them: without one, a registration leads nowhere. */
export const AGENT_CHECKS: readonly Check[] = [
  {
    id: 'agent-matches',
    title: 'Some agent of the cluster looks for the databases of this environment',
    needs: ['teleport-transport', 'agent-config'],
    async inspect(site) {
      const agents = await agentsOf(site);
      if (typeof agents === 'string') return skip(agents);
      const labels = agentLabels(site.config);
      const matching = agents.filter((agent) => agent.matchers.some((it) => matchesLabels(it, labels)));
      if (matching.length > 0) return pass(`${matching.map(({ hostname }) => hostname).join(', ')} does.`);
      return fail(
        `None of the ${agents.length} agents with a db_service matches dblab: "true", environment: ` +
          `"${site.config.environmentId}".`,
        `Under db_service.resources of the agent's teleport.yaml: labels with these two; then restart the agent.`,
      );
    },
  },
  {
    id: 'agent-too-broad',
    title: 'No agent of another host takes these databases for its own',
    needs: ['teleport-transport', 'agent-matches'],
    async inspect(site) {
      const agents = await agentsOf(site);
      if (typeof agents === 'string') return skip(agents);
      const labels = agentLabels(site.config);
      const matching = agents.filter((agent) => agent.matchers.some((it) => matchesLabels(it, labels)));
      if (matching.length < 2 || !isLoopback(site.config.cloneHost)) return pass('No two agents claim them.');
      const broad = matching.filter(
        (agent) => !agent.matchers.some((it) => Object.hasOwn(it, 'environment')),
      );
      const names = (broad.length > 0 ? broad : matching).map(({ hostname }) => hostname).join(', ');
      return warn(
        `${matching.length} agents match them, and registrations say ${site.config.cloneHost}: ${names} would lead ` +
          'people to a wrong host.',
        `Add environment: "${site.config.environmentId}" (each its own) to the labels under db_service.resources there.`,
      );
    },
  },
  {
    id: 'agent-serves-clones',
    title: 'Every registered clone is served by an agent',
    needs: SERVED_NEEDS,
    async inspect(site) {
      if (site.config.transport === 'tctl') return skip('tctl does not tell which clones an agent serves.');
      const { clones } = await site.picture();
      const registered = clones.filter(
        ({ standing, servedBy }) => standing === 'registered' && servedBy !== null,
      );
      if (registered.length === 0)
        return skip('No clone is registered, or Teleport does not tell of agents.');
      const unserved = registered.filter(({ servedBy }) => servedBy?.length === 0);
      if (unserved.length === 0) return pass(`All ${registered.length} are.`);
      return fail(
        `${unserved.length} of ${registered.length} are not, among them ${unserved[0]?.name}.`,
        'systemctl status teleport on the host of the Engine, and compare db_service.resources with the labels: ' +
          'dblab: "true", environment.',
      );
    },
  },
  {
    id: 'agent-serves-app',
    title: "The Engine's app is served by an agent",
    needs: ['teleport-transport', 'app-agent-config', 'role-apps'],
    async inspect(site) {
      const { config } = site;
      if (config.app === undefined) return skip('No app is wanted (--no-app).');
      if (config.transport === 'tctl') return skip('tctl does not tell.');
      const { app } = await site.picture();
      if (app !== 'registered') return skip('The app is not registered.');
      const name = appName(config.environmentId);
      const serving = (await site.servers()).filter((server) => server.of === 'app' && server.name === name);
      if (serving.length > 0) return pass(`${serving.map(({ host }) => host).join(', ')} does.`);
      return warn(
        `Nobody serves ${name}: it does not show in "tsh apps ls". db_service alone is not enough.`,
        "Add app_service with enabled: true and the same resources.labels to the agent's teleport.yaml; restart the agent.",
      );
    },
  },
  {
    id: 'agent-host',
    title: 'The agent that serves the clones runs on the host of the clones',
    needs: ['teleport-transport', 'agent-serves-clones'],
    async inspect(site) {
      const { config, paths } = site;
      if (!isLoopback(config.cloneHost))
        return skip(`Registrations say ${config.cloneHost}, which is no loopback address.`);
      if (config.transport === 'tctl') return skip('tctl does not tell.');
      const names = new Set((await site.picture()).clones.flatMap(({ name }) => name ?? []));
      const serving = (await site.servers()).filter(({ of, name }) => of === 'db' && names.has(name));
      const hosts = new Map(serving.map(({ hostId, host }) => [hostId, host]));
      if (hosts.size === 0) return skip('No clone is served.');
      const cure = `Only the agent of this host may match environment: "${config.environmentId}" (db_service.resources.labels).`;
      if (hosts.size > 1) {
        return fail(
          `Agents of ${[...hosts.values()].join(' and ')} serve clones at ${config.cloneHost}: a part of the ` +
            'connections ends on the wrong host.',
          cure,
        );
      }
      const uuid = await site.files.read(paths.hostUuid);
      if (uuid.state !== 'read')
        return pass(
          `${[...hosts.values()].join()} serves them; it cannot be told whether that is this host.`,
        );
      if (hosts.has(uuid.text.trim())) return pass('It does.');
      return fail(
        `${[...hosts.values()].join()} serves them, whose agent is not the one of this host.`,
        cure,
      );
    },
  },
];

/** Or why nobody can tell. The bot may know where its role says so, an administrator always. */
async function agentsOf({ agents }: Site): Promise<readonly Agent[] | string> {
  try {
    return await agents();
  } catch (error) {
    if (!(error instanceof TeleportError)) throw error;
    return `Neither the bot (db_service: list, read) nor an administrator can list agents: ${error.message}`;
  }
}
