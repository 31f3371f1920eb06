import type { Site } from '../../site/site.ts';
import type { Agent, TeleportYaml } from '../../site/teleport-yaml.ts';
import { agentLabels, isCloud } from '../../site/wanted.ts';
import { matchesLabels } from '../../teleport/matcher.ts';
import { type Edit, editYaml } from '../../yaml/edit.ts';
import { agentYaml } from '../pieces/agent.ts';
import { SetupError, type Step } from '../step.ts';

/** The agent that carries connections: merged into the configuration that is there. */
export const agent: Step = {
  id: 'agent',
  title: "This host's Teleport agent",
  async plan({ teleportYaml, files, config }) {
    const path = config.teleportYaml;
    const reading = await teleportYaml();
    if (reading.state === 'closed') throw new SetupError(`${path} cannot be read: ${reading.reason}.`);
    if (reading.state === 'absent') {
      const after = agentYaml(config);
      return {
        changes: [{ kind: 'file', path, before: undefined, after, mode: 0o600 }],
        remains: [JOIN(path)],
      };
    }
    const there = await files.read(path);
    if (there.state !== 'read') return { changes: [] };
    const after = editYaml(there.text, editsFor(reading.value, config));
    if (after === there.text) return { changes: [] };
    return {
      changes: [{ kind: 'file', path, before: there.text, after, mode: there.standing.mode }],
      remains: [
        'Restart the Teleport agent when nobody is connected through it: systemctl restart teleport.',
      ],
    };
  },
};

const JOIN = (path: string) =>
  'Let the agent join: install teleport, put the token that "tctl tokens add --type=db,app --format=text" prints ' +
  `into the file that ${path} names, then systemctl enable --now teleport.`;

/** What is missing, and nothing else. Pure. */
export function editsFor(file: TeleportYaml, config: Site['config']): Edit[] {
  const wanted: [string, Agent][] = [['db_service', file.databases]];
  if (config.app !== undefined) wanted.push(['app_service', file.apps]);
  return [
    ...wanted.flatMap(([section, there]) => serviceEdits(section, there, config)),
    ...cloudEdits(file, config),
  ];
}

function serviceEdits(section: string, { isEnabled, matchers }: Agent, config: Site['config']): Edit[] {
  const labels = agentLabels(config);
  const edits: Edit[] = [];
  if (!isEnabled) edits.push({ path: [section, 'enabled'], value: true });
  if (!matchers.some((matcher) => matchesLabels(matcher, labels))) {
    edits.push({ path: [section, 'resources'], append: { labels: { ...labels } } });
  }
  return edits;
}

/** Teleport Cloud has its own; a host that runs them too is a cluster of its own and joins nothing. */
function cloudEdits({ isAuth, isProxy }: TeleportYaml, config: Site['config']): Edit[] {
  if (!isCloud(config)) return [];
  return [
    ...(isAuth ? [{ path: ['auth_service', 'enabled'], value: false }] : []),
    ...(isProxy ? [{ path: ['proxy_service', 'enabled'], value: false }] : []),
  ];
}
