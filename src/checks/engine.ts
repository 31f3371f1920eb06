import { type Check, fail, pass, skip, warn } from './check.ts';

/** The Engine answers, knows us, and may be served. */
export const ENGINE_CHECKS: readonly Check[] = [
  {
    id: 'engine-reachable',
    title: 'The DBLab Engine answers',
    async inspect({ health, config }) {
      const { version } = await health();
      return pass(`Version ${version} answers at ${config.dblabUrl}.`);
    },
  },
  {
    id: 'engine-token',
    title: 'The Engine accepts our verification token',
    needs: ['engine-reachable'],
    async inspect({ instance }) {
      await instance();
      return pass('It answered what only a caller with the token is told.');
    },
  },
  {
    id: 'engine-edition',
    title: 'The Engine is of an edition that may be integrated with Teleport',
    needs: ['engine-token'],
    async inspect({ instance }) {
      const edition = (await instance()).engine?.edition ?? '';
      if (edition === 'community') {
        return fail(
          'The Engine says that it is of the community edition: the sidecar refuses to start ("requires Standard ' +
            'or Enterprise edition").',
          'Register the instance with the PostgresAI platform.',
        );
      }
      if (edition === 'standard' || edition === 'enterprise') return pass(`It is of the ${edition} edition.`);
      return warn(
        `The Engine's edition is ${JSON.stringify(edition)}, which is not known here.`,
        'Nothing, if clones can be created; an Engine that tells no edition may be of an old version.',
      );
    },
  },
  {
    id: 'engine-billing',
    title: "The Engine's billing is active, so it creates clones",
    needs: ['engine-edition'],
    async inspect({ instance }) {
      const { edition, billingActive } = (await instance()).engine ?? {};
      if (edition === 'standard' && billingActive === false) {
        return fail(
          'Billing is not active: the Engine answers every order for a clone with "billing is not active".',
          'Activate billing for this instance on the PostgresAI platform.',
        );
      }
      return billingActive ? pass('It is.') : skip('The Engine does not say.');
    },
  },
  {
    id: 'engine-version',
    title: 'The Engine is recent enough to let Teleport in by certificate (4.1)',
    needs: ['engine-reachable'],
    async inspect({ health }) {
      const { version } = await health();
      const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
      if (major === undefined) return skip(`Its version ${JSON.stringify(version)} says nothing of its age.`);
      if (Number(major) * 1000 + Number(minor) >= 4001) return pass(`It is ${version}.`);
      return warn(
        `It is ${version}: before 4.1.0 its pg_hba.conf has no line "hostssl all all 0.0.0.0/0 cert", without ` +
          'which a clone answers Teleport with "no pg_hba.conf entry" or asks for a password.',
        'Upgrade to DBLab Engine 4.1.0 or newer and take a new snapshot. A data directory that an older one made ' +
          'keeps its pg_hba.conf until it is rebuilt.',
      );
    },
  },
];
