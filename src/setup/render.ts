import { dirname } from 'node:path';
import { tlsOf } from '../config/serve.ts';
import { siteOptions } from '../config/site-options.ts';
import { certsVolume, TLS_SETTINGS, WEBHOOK_TRIGGERS, webhookUrl } from '../site/wanted.ts';
import { agentServices } from './pieces/agent.ts';
import { BOT_ROLE_DOCUMENT, USER_ROLE_DOCUMENT } from './pieces/roles.ts';
import { sidecarUnit, tbotConfig, tbotUnit, USUAL_PROGRAMS } from './pieces/units.ts';

const { environmentId, proxy, noApp, identityFile, certsFolder, webhookHost, listen, tlsCert, tlsKey } =
  siteOptions;

/** What a piece may depend on; each takes no more than it names. */
export const renderOptions = {
  ...{ environmentId, proxy, noApp, identityFile, certsFolder, webhookHost, listen },
  ...{ tlsCert, tlsKey },
};

type Values = {
  readonly [Name in keyof typeof renderOptions]: Name extends 'noApp'
    ? boolean | undefined
    : Name extends 'tlsCert' | 'tlsKey'
      ? string | undefined
      : ReturnType<(typeof renderOptions)[Name]['schema']['parse']>;
};

interface Piece {
  readonly name: string;
  readonly needs: readonly (keyof typeof renderOptions)[];
  readonly text: (values: Values) => string;
}

/** What setup puts in place, one by one. Nothing of it is secret. */
export const PIECES: readonly Piece[] = [
  { name: 'role', needs: [], text: () => BOT_ROLE_DOCUMENT },
  { name: 'user-role', needs: [], text: () => USER_ROLE_DOCUMENT },
  {
    name: 'tbot',
    needs: ['proxy', 'identityFile'],
    text: (values) => tbotConfig(values, dirname(values.identityFile)),
  },
  {
    name: 'tbot-unit',
    needs: ['identityFile'],
    text: ({ identityFile: file }) => tbotUnit(USUAL_PROGRAMS, dirname(file)),
  },
  { name: 'unit', needs: [], text: () => sidecarUnit(USUAL_PROGRAMS) },
  { name: 'agent', needs: ['environmentId', 'noApp'], text: agentServices },
  {
    name: 'server-yml',
    needs: ['certsFolder', 'webhookHost', 'listen', 'tlsCert', 'tlsKey'],
    text: serverYmlSections,
  },
];

function serverYmlSections(values: Values): string {
  const settings = Object.entries(TLS_SETTINGS).map(([key, value]) => `    ${key}: "${value}"\n`);
  return `# Merge these into the blocks that server.yml has: an anchor that is defined twice is silently ignored once.
databaseContainer: &db_container
  containerConfig:
    volume: "${certsVolume(values)}"

databaseConfigs: &db_configs
  configs:
${settings.join('')}
# In physical mode also: retrieval.spec.physicalSnapshot.options.promotion.enabled: true

webhooks:
  hooks:
    - url: "${webhookUrl({ ...values, tls: tlsOf(values) })}"
      secret: "THE SAME AS WEBHOOK_SECRET OF THE SIDECAR"
      trigger: [${WEBHOOK_TRIGGERS.join(', ')}]
`;
}
