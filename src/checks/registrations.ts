import { environmentOf, isOurs } from '../teleport/label.ts';
import { reference } from '../teleport/resource.ts';
import { type Check, fail, pass, skip, warn } from './check.ts';

const MOST_NAMED = 5;

/** What is registered in Teleport, ours and others'. */
export const REGISTRATION_CHECKS: readonly Check[] = [
  {
    id: 'name-conflicts',
    title: 'No name that a clone needs is taken by somebody else',
    needs: ['teleport-transport', 'engine-token', 'engine-edition'],
    async inspect({ picture }) {
      const { clones, app, troubles } = await picture();
      const contested = clones.filter(({ standing }) => standing === 'conflict').map(({ id }) => id);
      if (app === 'conflict') contested.push("the Engine's app");
      if (contested.length === 0) return pass('None is.');
      return fail(
        `Somebody else's resource bears the name of: ${few(contested)}. ${troubles.join(' ')}`,
        'Rename or remove that resource in Teleport, or give this environment another id.',
      );
    },
  },
  {
    id: 'leftovers',
    title: 'Nothing is left of environments that are gone',
    needs: ['teleport-transport'],
    async inspect({ resources, servers, config }) {
      if (config.transport === 'tctl') return skip('tctl does not tell which registrations an agent serves.');
      const [listed, served] = await Promise.all([resources(), servers()]);
      const names = new Set(served.map(({ of, name }) => reference({ kind: of, name })));
      const others = listed.filter(
        (it) => environmentOf(it) !== undefined && !isOurs(it, config.environmentId),
      );
      const environments = new Set(others.map((it) => environmentOf(it) ?? ''));
      const gone = [...environments].filter((environment) =>
        others.every((it) => environmentOf(it) !== environment || !names.has(reference(it))),
      );
      if (gone.length === 0)
        return pass(`${environments.size} other environments have something there, all served.`);
      return warn(
        `No agent serves anything of environment ${few(gone)}: it may be gone for good.`,
        `If it is: dblab teleport cleanup --environment-id ${gone[0]}`,
      );
    },
  },
  {
    id: 'clone-host',
    title: 'Agents are sent to an address at which clones listen',
    needs: ['server-yml-file'],
    async inspect({ config, serverYml }) {
      const { cloneHost } = config;
      if (cloneHost === 'localhost') {
        return warn(
          'Registrations say localhost, which may be ::1; clones listen on IPv4 alone ("connection refused").',
          'Set --clone-host (DBLAB_TELEPORT_CLONE_HOST) to 127.0.0.1.',
        );
      }
      const file = await serverYml();
      if (file.state !== 'read') return pass(`Registrations say ${cloneHost}.`);
      const { cloneAddresses } = file.value;
      const isOpen =
        cloneAddresses.length === 0 || cloneAddresses.some((it) => it === '0.0.0.0' || it === cloneHost);
      if (isOpen) return pass(`Registrations say ${cloneHost}, where clones are published.`);
      return fail(
        `provision.cloneAccessAddresses is ${cloneAddresses.join(', ')}; registrations send agents to ${cloneHost}.`,
        `Add ${cloneHost} to it and restart the Engine, or set --clone-host to one of them.`,
      );
    },
  },
];

function few(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return (
    names
      .slice(0, MOST_NAMED)
      .map((name) => JSON.stringify(name))
      .join(', ') + more
  );
}
