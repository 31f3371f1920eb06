import { fingerprints, pairOf } from '../../site/certificate.ts';
import { octal } from '../../site/host-files.ts';
import type { Site } from '../../site/site.ts';
import { certificateFiles } from '../../site/wanted.ts';
import { selfSigned } from '../certificate.ts';
import type { Change, Owner, PermissionsChange } from '../change.ts';
import { SetupError, type Step } from '../step.ts';

const COMMON_NAME = 'dblab-clone';
const KEY_MODE = 0o600;
const OPEN_MODE = 0o644;
const FOLDER_MODE = 0o755;

/** What clones show: made once, and kept while it is good. */
export const certificates: Step = {
  id: 'certificates',
  title: 'Certificate that clones show',
  async plan(site) {
    const { files, config, clock } = site;
    const paths = certificateFiles(config);
    const [certificate, key] = await Promise.all([files.read(paths.certificate), files.read(paths.key)]);
    const changes: Change[] = [];
    if ((await files.standing(config.certsFolder)) === undefined) {
      changes.push({ kind: 'folder', path: config.certsFolder, mode: FOLDER_MODE });
    }
    if (certificate.state === 'absent' && key.state === 'absent') {
      const made = await selfSigned(COMMON_NAME, clock.now());
      const owner = ownerOf(site);
      changes.push(
        {
          kind: 'file',
          path: paths.certificate,
          before: undefined,
          after: made.certificate,
          mode: OPEN_MODE,
          ...owner,
        },
        {
          kind: 'file',
          path: paths.key,
          before: undefined,
          after: made.key,
          mode: KEY_MODE,
          ...owner,
          isSecret: true,
        },
      );
    } else if (certificate.state !== 'read' || key.state !== 'read') {
      throw new SetupError(
        `Of ${paths.certificate} and ${paths.key} one is missing or cannot be read. Nothing was changed: move the other ` +
          'away, or run this as root.',
      );
    } else if (typeof pairOf(certificate.text, key.text) === 'string') {
      throw new SetupError(
        `In ${config.certsFolder} ${pairOf(certificate.text, key.text)}. Nothing was changed: move both files away.`,
      );
    }
    changes.push(...(await corrections(site)));
    return { changes };
  },
};

/** Whose client certificates clones accept: asked of the proxy, which needs no credentials for it. */
export const clientCa: Step = {
  id: 'client-ca',
  title: "Authority of Teleport's database agents",
  async plan(site) {
    const path = certificateFiles(site.config).clientCa;
    const [wanted, there] = await Promise.all([site.clientAuthority(), site.files.read(path)]);
    if (there.state === 'closed') throw new SetupError(`${path} cannot be read: ${there.reason}.`);
    const before = there.state === 'read' ? there.text : undefined;
    const known = fingerprints(before ?? '');
    if (fingerprints(wanted).every((it) => known.includes(it))) return { changes: [] };
    return {
      changes: [{ kind: 'file', path, before, after: wanted, mode: OPEN_MODE, ...ownerOf(site) }],
      ...(before === undefined
        ? {}
        : { remains: ['Reset or recreate the clones that run: they know the old authority.'] }),
    };
  },
};

/** What is there already, with modes or an owner that PostgreSQL in a clone cannot use. */
async function corrections({ files, config, uid }: Site): Promise<PermissionsChange[]> {
  const paths = certificateFiles(config);
  const wishes = [
    {
      path: config.certsFolder,
      mode: FOLDER_MODE,
      isGood: (mode: number) => (mode & 0o555) === 0o555,
      isOwned: false,
    },
    { path: paths.key, mode: KEY_MODE, isGood: (mode: number) => (mode & 0o077) === 0, isOwned: true },
    {
      path: paths.certificate,
      mode: OPEN_MODE,
      isGood: (mode: number) => (mode & 0o444) === 0o444,
      isOwned: true,
    },
    {
      path: paths.clientCa,
      mode: OPEN_MODE,
      isGood: (mode: number) => (mode & 0o444) === 0o444,
      isOwned: true,
    },
  ];
  const found = await Promise.all(
    wishes.map(async ({ path, mode, isGood, isOwned }) => {
      const standing = await files.standing(path);
      if (standing === undefined) return [];
      const isOwnerRight = !isOwned || uid !== 0 || standing.uid === config.postgresUid;
      if (isGood(standing.mode) && isOwnerRight) return [];
      const was = `mode ${octal(standing.mode)}, user id ${standing.uid}`;
      const owner = isOwned ? ownerOf({ config, uid }) : {};
      return [{ kind: 'permissions', path, mode, was, ...owner } satisfies PermissionsChange];
    }),
  );
  return found.flat();
}

/** Only root can give files away; anybody else keeps them, and the check tells. */
function ownerOf({ config, uid }: Pick<Site, 'config' | 'uid'>): { owner?: Owner } {
  return uid === 0 ? { owner: { uid: config.postgresUid, gid: config.postgresUid } } : {};
}
