/**
 * One installation as it stands at this moment: the host's files, the Engine, the cluster and the sidecar.
 * Whatever is asked for is looked at once, when it is first needed, and stays as it was seen: all checks
 * speak of the same moment. It changes nothing and judges nothing.
 */
import type { SiteConfig } from '../config/site.ts';
import { engineOver } from '../engine/client.ts';
import { readHealth, readInstance } from '../engine/instance-document.ts';
import { openRequests } from '../engine/requests.ts';
import { askSidecar, openOnlooker } from '../inspect.ts';
import { parseAddress } from '../lib/address.ts';
import type { Releases } from '../lib/releases.ts';
import { remember } from '../lib/remember.ts';
import { type Agent, agentsOf } from '../teleport/agent.ts';
import { openApi } from '../teleport/api.ts';
import { askClientAuthority, askProxy, type WebAddress } from '../teleport/api-web.ts';
import { TeleportError } from '../teleport/error.ts';
import { readIdentity } from '../teleport/identity-file.ts';
import { openTctl } from '../teleport/tctl.ts';
import { TctlAdmin } from '../teleport/tctl-admin.ts';
import type { Surroundings } from '../world.ts';
import { askClones } from './clone/ask.ts';
import { HostFiles } from './host-files.ts';
import { PLACE } from './places.ts';
import { readServerYml } from './server-yml.ts';
import { readTeleportYaml } from './teleport-yaml.ts';
import { environmentOf } from './units.ts';

export interface SiteSurroundings extends Surroundings {
  readonly signal: AbortSignal;
  /** Of this process; undefined where the system knows none. */
  readonly uid: number | undefined;
}

export type Site = ReturnType<typeof openSite>;

/** Opens nothing yet; what is opened later is left among the releases. */
export function openSite(asked: SiteConfig, surroundings: SiteSurroundings, releases: Releases) {
  const { clock, signal, env, uid } = surroundings;
  const files = new HostFiles(asked.root);
  // Teleport's clients read files themselves: they need the paths of this process.
  const config: SiteConfig = { ...asked, identityFile: files.at(asked.identityFile) };

  const requests = remember(() => {
    const opened = openRequests({ url: config.dblabUrl, token: config.dblabToken, clock });
    releases.add(() => opened.close());
    return opened;
  });
  const api = remember(() => {
    const opened = openApi({ ...config, ...surroundings });
    releases.add(() => opened.close());
    return opened;
  });
  const tctl = remember(() => {
    const opened = openTctl({ ...config, ...surroundings });
    releases.add(() => opened.close());
    return opened;
  });
  const admin = new TctlAdmin({ ...config, identityFile: config.adminIdentity, env, clock });
  releases.add(() => admin.close());

  const bot = new TctlAdmin({ ...config, identityFile: config.identityFile, env, clock });
  releases.add(() => bot.close());

  const readAs = <T>(path: string, read: (text: string) => T) =>
    remember(async () => {
      const reading = await files.read(path);
      return reading.state === 'read' ? { ...reading, value: read(reading.text) } : reading;
    });

  return {
    config,
    files,
    clock,
    signal,
    env,
    uid,
    admin,
    /** Paths as the host's own programs use them. */
    paths: { ...PLACE, identity: asked.identityFile },

    health: remember(() => readHealth(requests(), signal)),
    instance: remember(() => readInstance(requests(), signal)),
    /** What the newest ready ones say on their port. */
    cloneAnswers: remember(async () => {
      const { clones } = await engineOver(requests()).look(signal);
      return askClones(clones, config, clock, signal);
    }),
    /** The Engine's own configuration file. */
    serverYml: readAs(config.serverYml, readServerYml),

    proxy: remember(() => askProxy(webAddress(config), signal)),
    clientAuthority: remember(() => askClientAuthority(webAddress(config), signal)),
    identity: remember(() => readIdentity(config.identityFile)),
    resources: remember(() => api().list(signal)),
    resourcesByTctl: remember(() => tctl().list(signal)),
    servers: remember(() => api().served(signal)),
    /** Of the identity; only the API tells. */
    roles: remember(() => api().roles(signal)),
    agents: remember(() => listAgents([bot, admin], signal)),
    route: () => api().route,

    /** How a sidecar with this configuration would see things. */
    picture: remember(async () => {
      const onlooker = await openOnlooker(config, surroundings);
      releases.add(() => onlooker.close());
      return onlooker.look(signal);
    }),
    sidecar: remember(() =>
      askSidecar({ address: config.statusAddress, environment: undefined, clock }, signal),
    ),

    teleportYaml: readAs(config.teleportYaml, readTeleportYaml),
    /** Variables of the installed sidecar. */
    installed: readAs(PLACE.envFile, environmentOf),
    sidecarUnit: readAs(PLACE.sidecarUnit, (text) => text),
    passwd: readAs('/etc/passwd', (text) => text),
  };
}

/** As the first of them who may. Throws the `TeleportError` of the last. */
async function listAgents([first, ...others]: readonly TctlAdmin[], signal: AbortSignal): Promise<Agent[]> {
  try {
    return agentsOf((await first?.ask(['get', 'db_services', '--format=json'], signal)) ?? '[]');
  } catch (error) {
    if (!(error instanceof TeleportError) || others.length === 0) throw error;
    return listAgents(others, signal);
  }
}

export function webAddress({ proxy, caFile }: Pick<SiteConfig, 'proxy' | 'caFile'>): WebAddress {
  const address = parseAddress(proxy);
  if (!address.ok) throw new Error(`${proxy} is no address: ${address.reason}`);
  return { ...address.value, caFile };
}
