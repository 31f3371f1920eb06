import { octal } from '../site/host-files.ts';
import { accountOf, unitValue } from '../site/units.ts';
import { expired } from '../teleport/explain.ts';
import { concerns } from '../teleport/identity-care.ts';
import { type Check, fail, pass, skip, warn } from './check.ts';

const AS_A_SERVICE = 'Run tbot as a service that renews it: systemctl enable --now tbot.';

/** The identity that the sidecar shows to Teleport. */
export const IDENTITY_CHECKS: readonly Check[] = [
  {
    id: 'identity-file',
    title: 'The identity file is there, and whole',
    fix: 'identity',
    async inspect({ identity, paths }) {
      const { user, roles } = await identity();
      return pass(`${paths.identity}: user ${user}, roles ${roles.join(', ') || 'none'}.`);
    },
  },
  {
    id: 'identity-kind',
    title: "The identity carries the sidecar's role, not merely the bot's own",
    needs: ['identity-file'],
    async inspect({ identity }) {
      const { user, roles } = await identity();
      if (roles.some((role) => role !== user)) return pass(`It carries ${roles.join(', ')}.`);
      return fail(
        `It is an identity of the user ${user} itself, which may only act for the bot's roles and do nothing by ` +
          'its own: lists are empty and every registration is refused. "tctl auth sign --user=bot-..." makes such.',
        'Let tbot make the identity, or sign one for a plain user that has the role ' +
          '(dblab teleport setup --identity-by user).',
      );
    },
  },
  {
    id: 'identity-expiry',
    title: 'The identity is valid, and is renewed in time',
    needs: ['identity-file'],
    fix: 'identity',
    async inspect({ identity, clock, paths }) {
      const found = await identity();
      const now = clock.now();
      if (found.expiresAt <= now)
        return fail(expired(paths.identity, new Date(found.expiresAt)), AS_A_SERVICE);
      if (found.notBefore > now) {
        return fail(
          `It begins to be valid only at ${new Date(found.notBefore).toISOString()}, by the clock of this host.`,
          'Compare the clocks of this host and of Teleport (timedatectl status).',
        );
      }
      const [late] = concerns({ ...found, readableByOthers: false }, paths.identity, now);
      if (late !== undefined) return warn(late, AS_A_SERVICE);
      return pass(`It expires in ${spanOf(found.expiresAt - now)}.`);
    },
  },
  {
    id: 'identity-mode',
    title: 'Nobody but its owner can read the identity',
    needs: ['identity-file'],
    async inspect({ identity, files, paths }) {
      const { readableByOthers } = await identity();
      const mode = octal((await files.standing(paths.identity))?.mode ?? 0);
      if (!readableByOthers) return pass(`Its mode is ${mode}.`);
      return warn(
        `The mode of ${paths.identity} is ${mode}, and it holds a private key.`,
        `chmod 600 ${paths.identity}`,
      );
    },
  },
  {
    id: 'identity-owner',
    title: "The sidecar's user can read what tbot writes",
    needs: ['identity-file'],
    fix: 'identity',
    async inspect({ sidecarUnit, passwd, files, paths }) {
      const unit = await sidecarUnit();
      if (unit.state !== 'read')
        return skip(`There is no ${paths.sidecarUnit} that says who the sidecar runs as.`);
      const user = unitValue(unit.value, 'User') ?? 'root';
      if (user === 'root') return pass('The sidecar runs as root.');
      const accounts = await passwd();
      const account = accounts.state === 'read' ? accountOf(accounts.value, user) : undefined;
      if (account === undefined) return skip(`This host has no account of the name ${user} in /etc/passwd.`);
      const standing = await files.standing(paths.identity);
      if (standing === undefined) return skip('It cannot be seen from here.');
      const { uid, gid, mode } = standing;
      const may = uid === account.uid ? mode & 0o400 : gid === account.gid ? mode & 0o040 : mode & 0o004;
      if (may !== 0) return pass(`${user} can read it.`);
      return fail(
        `The sidecar runs as ${user} (id ${account.uid}); ${paths.identity} belongs to user id ${uid} and its mode ` +
          `is ${octal(mode)}.`,
        `Let tbot run as ${user} too (User= in ${paths.tbotUnit}), with its folders chowned to ${user}.`,
      );
    },
  },
  {
    id: 'identity-cluster',
    title: "The identity belongs to the proxy's cluster",
    needs: ['identity-file', 'proxy-reachable'],
    async inspect({ identity, proxy, config }) {
      const [{ cluster }, facts] = await Promise.all([identity(), proxy()]);
      if (cluster === facts.cluster) return pass(`Both say ${cluster}.`);
      return fail(
        `The identity is for the cluster ${JSON.stringify(cluster)}; ${config.proxy} belongs to ` +
          `${JSON.stringify(facts.cluster)}.`,
        'Name the proxy of the first with --teleport-proxy, or issue an identity of the second.',
      );
    },
  },
];

function spanOf(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 120 ? `${minutes} minutes` : `${Math.floor(minutes / 60)} hours`;
}
