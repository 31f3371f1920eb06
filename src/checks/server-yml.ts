import { CERTS_IN_CLONE } from '../site/places.ts';
import { isOn, type ServerYml } from '../site/server-yml.ts';
import type { Site } from '../site/site.ts';
import { TLS_SETTINGS } from '../site/wanted.ts';
import { type Check, type Finding, fail, pass, skip } from './check.ts';

/** The Engine's own configuration: it decides whether clones can be reached by certificate. */
export const SERVER_YML_CHECKS: readonly Check[] = [
  {
    id: 'server-yml-file',
    title: "The Engine's server.yml can be read",
    async inspect({ serverYml, config }) {
      const reading = await serverYml();
      if (reading.state === 'read') return pass(config.serverYml);
      if (reading.state === 'closed') return skip(`${config.serverYml}: ${reading.reason}.`);
      return skip(`There is none at ${config.serverYml}: say where it is with --server-yml.`);
    },
  },
  {
    id: 'server-yml-anchors',
    title: 'Nothing in server.yml is defined twice',
    needs: ['server-yml-file'],
    inspect: (site) =>
      onFile(site, ({ definedTwice }) => {
        if (definedTwice.length === 0) return pass('No anchor and no key is.');
        return fail(
          `Defined twice: ${definedTwice.join('; ')}. What stands before the second definition uses the first, so ` +
            'the settings of one of them are silently ignored.',
          'Make one block of the two, and leave the anchor where the first stands.',
        );
      }),
  },
  {
    id: 'server-yml-ssl',
    title: "Snapshots get PostgreSQL's TLS settings from databaseConfigs",
    needs: ['server-yml-anchors'],
    fix: 'server-yml',
    inspect: (site) =>
      onFile(site, ({ settings }) => {
        const missing = Object.entries(TLS_SETTINGS).filter(([key]) =>
          key === 'ssl' ? !isOn(settings[key]) : !settings[key],
        );
        if (missing.length === 0) return pass('ssl is on, with certificate, key and authority.');
        const lines = missing.map(([key, value]) => `${key}: "${value}"`).join(', ');
        return fail(
          `Missing among the configs that snapshots get: ${missing.map(([key]) => key).join(', ')}. Clones then refuse ` +
            'TLS, or cannot check what Teleport shows ("root certificate store not available").',
          `Add to databaseConfigs.configs: ${lines}; then take a new snapshot.`,
        );
      }),
  },
  {
    id: 'server-yml-mount',
    title: 'Clones get the folder with the certificates',
    needs: ['server-yml-file', 'server-yml-anchors'],
    fix: 'server-yml',
    inspect: (site) =>
      onFile(site, ({ volume }) => {
        const { certsFolder } = site.config;
        const [source, target] = (volume ?? '').split(':');
        if (source === certsFolder && target === CERTS_IN_CLONE)
          return pass(`${certsFolder} is mounted there.`);
        return fail(
          volume === undefined
            ? 'provision.containerConfig has no volume: PostgreSQL in a clone finds no certificate and does not start.'
            : `provision.containerConfig.volume is ${JSON.stringify(volume)}, not ${certsFolder}:${CERTS_IN_CLONE}:ro.`,
          `Under databaseContainer.containerConfig: volume: "${certsFolder}:${CERTS_IN_CLONE}:ro"` +
            (volume === undefined
              ? '.'
              : '. There is room for one: put the certificates below what is mounted now.'),
        );
      }),
  },
  {
    id: 'server-yml-promotion',
    title: 'In physical mode, snapshots are promoted, or no setting gets into them',
    needs: ['server-yml-file'],
    fix: 'server-yml',
    inspect: (site) =>
      onFile(site, ({ mode, isPromoted }) => {
        if (mode !== 'physical') return pass('It is not of physical mode, where this matters.');
        if (isPromoted) return pass('promotion is enabled.');
        return fail(
          'retrieval.spec.physicalSnapshot.options.promotion.enabled is not true: snapshots are taken without ' +
            'starting PostgreSQL, so databaseConfigs, TLS settings included, are never applied.',
          'Set it to true, restart the Engine and take a new snapshot.',
        );
      }),
  },
];

/** What follows from the file, where it can be read. */
async function onFile({ serverYml }: Site, judge: (file: ServerYml) => Finding): Promise<Finding> {
  const reading = await serverYml();
  return reading.state === 'read' ? judge(reading.value) : skip('server.yml cannot be read here.');
}
