import { CERTS_IN_CLONE } from '../../site/places.ts';
import { isOn, type ServerYml } from '../../site/server-yml.ts';
import type { Site } from '../../site/site.ts';
import {
  certsVolume,
  isLoopback,
  TLS_SETTINGS,
  WEBHOOK_PATH,
  WEBHOOK_TRIGGERS,
  webhookUrl,
} from '../../site/wanted.ts';
import { type Edit, editYaml } from '../../yaml/edit.ts';
import { SetupError, type Step } from '../step.ts';

/** The Engine's configuration, edited in place: whatever else stands there stays as it is. */
export const serverYml: Step = {
  id: 'server-yml',
  title: "The Engine's server.yml",
  async plan(site) {
    const { serverYml: read, files, config } = site;
    const reading = await read();
    if (reading.state === 'closed')
      throw new SetupError(`${config.serverYml} cannot be read: ${reading.reason}.`);
    if (reading.state === 'absent') throw new SetupError(absent(config.serverYml));
    refuseTwice(reading.value, config.serverYml);
    const there = await files.read(config.serverYml);
    if (there.state !== 'read') return { changes: [] };
    const after = editYaml(there.text, editsFor(reading.value, config));
    const remains = await whatRemains(reading.value, site, after !== there.text);
    if (after === there.text) return { changes: [], remains };
    const { mode } = there.standing;
    return { changes: [{ kind: 'file', path: config.serverYml, before: there.text, after, mode }], remains };
  },
};

function absent(path: string): string {
  return (
    `There is no server.yml at ${path}: name the Engine's with --server-yml, or add to it what ` +
    '"dblab teleport render server-yml" prints.'
  );
}

/** Which of two definitions an edit would reach cannot be told. */
function refuseTwice({ definedTwice }: ServerYml, path: string): void {
  if (definedTwice.length === 0) return;
  throw new SetupError(
    `${path} defines something twice: ${definedTwice.join('; ')}. One of the two is silently ignored. Make one of them ` +
      'first; nothing was changed.',
  );
}

/** What has to change so that agents get in and the sidecar hears of clones. Pure. */
export function editsFor(file: ServerYml, config: Site['config']): Edit[] {
  return [
    ...settingsEdits(file),
    ...mountEdits(file, config),
    ...promotionEdits(file),
    ...hookEdits(file, config),
  ];
}

function settingsEdits({ mode, settings }: ServerYml): Edit[] {
  const place =
    mode === 'unknown' ? ['databaseConfigs'] : ['retrieval', 'spec', `${mode}Snapshot`, 'options'];
  return Object.entries(TLS_SETTINGS).flatMap(([key, value]) => {
    const isRight = key === 'ssl' ? isOn(settings[key]) : Boolean(settings[key]);
    return isRight ? [] : [{ path: [...place, 'configs', key], value }];
  });
}

/** There is room for one volume: another one is a person's to decide about. */
function mountEdits({ mode, volume }: ServerYml, config: Site['config']): Edit[] {
  if (volume !== undefined) return [];
  const place = mode === 'unknown' ? 'databaseContainer' : 'provision';
  return [{ path: [place, 'containerConfig', 'volume'], value: certsVolume(config) }];
}

function promotionEdits({ isPromoted }: ServerYml): Edit[] {
  if (isPromoted) return [];
  return [
    { path: ['retrieval', 'spec', 'physicalSnapshot', 'options', 'promotion', 'enabled'], value: true },
  ];
}

function hookEdits({ hooks }: ServerYml, config: Site['config']): Edit[] {
  const url = webhookUrl(config);
  const secret = config.webhookSecrets[0]?.reveal() ?? '';
  const index = hooks.findIndex(
    (hook) => URL.canParse(hook.url) && new URL(hook.url).pathname === WEBHOOK_PATH,
  );
  const hook = hooks[index];
  if (hook === undefined) {
    return [{ path: ['webhooks', 'hooks'], append: { url, secret, trigger: [...WEBHOOK_TRIGGERS] } }];
  }
  const place = ['webhooks', 'hooks', index];
  const isKnown =
    config.webhookSecrets.some((it) => it.matches(hook.secret)) || /\$\{\w+\}/.test(hook.secret);
  const { protocol, hostname, port } = new URL(hook.url);
  const leadsHere =
    protocol === new URL(url).protocol &&
    !isLoopback(hostname.replace(/^\[|\]$/g, '')) &&
    Number(port || (config.tls ? 443 : 80)) === config.listen.port;
  return [
    ...(leadsHere ? [] : [{ path: [...place, 'url'], value: url }]),
    ...(isKnown ? [] : [{ path: [...place, 'secret'], value: secret }]),
    ...WEBHOOK_TRIGGERS.filter((it) => !hook.triggers.includes(it)).map((append) => ({
      path: [...place, 'trigger'],
      append,
    })),
  ];
}

async function whatRemains(file: ServerYml, site: Site, isEdited: boolean): Promise<string[]> {
  const { config } = site;
  const { certsFolder, engineContainer } = config;
  const steps: string[] = [];
  const [source, target] = (file.volume ?? '').split(':');
  if (file.volume !== undefined && (source !== certsFolder || target !== CERTS_IN_CLONE)) {
    steps.push(
      `containerConfig.volume in ${config.serverYml} mounts something else (${file.volume}), and there is room for one: ` +
        `put the certificates below ${source} and name them in databaseConfigs, or mount ${certsVolume(config)} instead.`,
    );
  }
  if (!isEdited) return steps;
  if (file.mode === 'logical') {
    steps.push(
      `Mount the certificates into the Engine's own container too (docker run --volume ${certsVolume(config)}): the ` +
        'containers that restore data inherit its mounts, not the one of clones.',
    );
  }
  steps.push(`Restart the Engine: docker restart ${engineContainer}.`);
  steps.push(
    file.mode === 'physical'
      ? 'Wait for the next snapshot: older ones have no TLS, and neither have their clones.'
      : 'Take a new snapshot (dblab instance full-refresh): older ones have no TLS, and neither have their clones.',
  );
  return [...steps, ...(await hbaOfOldEngines(site))];
}

async function hbaOfOldEngines({ health }: Site): Promise<string[]> {
  const version = await health().then(
    ({ version }) => version,
    () => '',
  );
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || Number(major) * 1000 + Number(minor) >= 4001) return [];
  return [
    `The Engine is ${version}: before 4.1.0 pg_hba.conf has no line for Teleport. Upgrade it, or mount a ` +
      'standard/postgres/control/pg_hba.conf of your own into its container with "hostssl all all 0.0.0.0/0 cert" ' +
      'before the "host ... md5" line, and have the data directory made anew.',
  ];
}
