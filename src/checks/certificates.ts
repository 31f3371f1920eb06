import { fingerprints, pairOf } from '../site/certificate.ts';
import { octal, type Standing } from '../site/host-files.ts';
import type { Site } from '../site/site.ts';
import { certificateFiles } from '../site/wanted.ts';
import { type Check, fail, pass, skip } from './check.ts';

const SOON_MS = 30 * 24 * 3_600_000;

/** The files that clones show, and check others by. */
export const CERTIFICATE_CHECKS: readonly Check[] = [
  {
    id: 'certificate-files',
    title: "The clones' certificate and key are there, and belong together",
    fix: 'certificates',
    async inspect({ files, config, clock }) {
      const paths = certificateFiles(config);
      const [certificate, key] = await Promise.all([files.read(paths.certificate), files.read(paths.key)]);
      for (const [path, reading] of [
        [paths.certificate, certificate],
        [paths.key, key],
      ] as const) {
        if (reading.state === 'closed') return skip(`${path}: ${reading.reason}.`);
        if (reading.state === 'absent') return fail(`There is no ${path}.`, 'dblab teleport setup makes it.');
      }
      if (certificate.state !== 'read' || key.state !== 'read') return skip('They cannot be read.');
      const parsed = pairOf(certificate.text, key.text);
      if (typeof parsed === 'string')
        return fail(`In ${config.certsFolder} ${parsed}.`, 'Remove both files and run dblab teleport setup.');
      const left = Date.parse(parsed.validTo) - clock.now();
      if (left > SOON_MS) return pass(`The certificate is valid until ${parsed.validTo}.`);
      return fail(
        `The certificate ${left > 0 ? 'expires' : 'expired'} on ${parsed.validTo}.`,
        'Remove both files and run dblab teleport setup; clones that run take the new one when they are reset.',
      );
    },
  },
  {
    id: 'certificate-owner',
    title: "PostgreSQL's user in the containers owns the key",
    needs: ['certificate-files'],
    fix: 'certificates',
    inspect: (site) =>
      onStandings(site, ({ key }) => {
        const { postgresUid, certsFolder } = site.config;
        if (key.uid === postgresUid) return pass(`It belongs to user id ${postgresUid}.`);
        return fail(
          `The key belongs to user id ${key.uid}: PostgreSQL, which runs as ${postgresUid} in the clone, ends with ` +
            '"could not load private key file: Permission denied".',
          `chown ${postgresUid}:${postgresUid} ${certsFolder}/server.crt ${certsFolder}/server.key ${certsFolder}/teleport-ca.crt`,
        );
      }),
  },
  {
    id: 'certificate-modes',
    title: 'PostgreSQL gets at the certificates, and others do not at the key',
    needs: ['certificate-files'],
    fix: 'certificates',
    inspect: (site) =>
      onStandings(site, ({ folder, key, certificate }) => {
        const { certsFolder } = site.config;
        if ((folder.mode & 0o001) === 0 && folder.uid !== site.config.postgresUid) {
          return fail(
            `The mode of ${certsFolder} is ${octal(folder.mode)}: PostgreSQL in the clone may not enter it.`,
            `chmod 755 ${certsFolder}`,
          );
        }
        if ((key.mode & 0o077) !== 0) {
          return fail(
            `The mode of the key is ${octal(key.mode)}: PostgreSQL does not start with a key that others may read.`,
            `chmod 600 ${certsFolder}/server.key`,
          );
        }
        if ((certificate.mode & 0o400) === 0) {
          return fail(
            `The mode of the certificate is ${octal(certificate.mode)}.`,
            `chmod 644 ${certsFolder}/server.crt`,
          );
        }
        return pass(
          `Folder ${octal(folder.mode)}, key ${octal(key.mode)}, certificate ${octal(certificate.mode)}.`,
        );
      }),
  },
  {
    id: 'teleport-ca-file',
    title: 'The authority that clones trust is the one that signs for Teleport',
    needs: ['proxy-reachable'],
    fix: 'client-ca',
    async inspect({ files, config, clientAuthority }) {
      const path = certificateFiles(config).clientCa;
      const reading = await files.read(path);
      if (reading.state === 'closed') return skip(`${path}: ${reading.reason}.`);
      if (reading.state === 'absent') {
        return fail(
          `There is no ${path}: with ssl_ca_file missing, PostgreSQL answers "root certificate store not available".`,
          'tctl auth export --type=db-client writes it, and so does dblab teleport setup.',
        );
      }
      const wanted = fingerprints(await clientAuthority());
      const trusted = fingerprints(reading.text);
      if (wanted.every((it) => trusted.includes(it))) return pass(`${path} holds it.`);
      return fail(
        `${path} holds another certificate than the proxy's /webapi/auth/export?type=db-client: clones refuse what ` +
          "Teleport's agents show. The cluster has changed its authorities, or it is that of another cluster.",
        'dblab teleport setup writes it anew. Clones that run read it when they are reset or created.',
      );
    },
  },
];

interface Standings {
  readonly folder: Standing;
  readonly key: Standing;
  readonly certificate: Standing;
}

async function onStandings(
  { files, config }: Site,
  judge: (standings: Standings) => ReturnType<typeof pass>,
): Promise<ReturnType<typeof pass>> {
  const paths = certificateFiles(config);
  const [folder, key, certificate] = await Promise.all(
    [config.certsFolder, paths.key, paths.certificate].map((path) => files.standing(path)),
  );
  if (!folder || !key || !certificate) return skip('The files cannot be seen from here.');
  return judge({ folder, key, certificate });
}
