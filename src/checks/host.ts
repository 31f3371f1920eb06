import { octal } from '../site/host-files.ts';
import type { Site } from '../site/site.ts';
import { unitValue } from '../site/units.ts';
import { type Check, fail, pass, skip, warn } from './check.ts';

/** A secret on a command line, as a flag of ours with its value. */
const SECRET_FLAG = /--(dblab-token|webhook-secret)(=|\s+|\0)(?!\$)\S/;
const BESIDE = 'Leave the flags out: DBLAB_TOKEN and WEBHOOK_SECRET are read from the environment.';

/** Secrets that lie open, and the sidecar as a service. */
export const HOST_CHECKS: readonly Check[] = [
  {
    id: 'secrets-in-arguments',
    title: 'No secret shows in the process list',
    async inspect({ files }) {
      const processes = (await files.list('/proc')).filter((name) => /^\d+$/.test(name));
      const commands = await Promise.all(processes.map((id) => files.read(`/proc/${id}/cmdline`)));
      const shown = processes.filter((_id, index) => {
        const reading = commands[index];
        return reading?.state === 'read' && SECRET_FLAG.test(reading.text);
      });
      if (shown.length === 0) return pass(`None of ${processes.length} processes shows one.`);
      return fail(
        `The arguments of process ${shown.join(', ')} hold a secret, which every user of this host can read.`,
        BESIDE,
      );
    },
  },
  {
    id: 'secrets-in-unit',
    title: "The sidecar's unit passes no secret as an argument",
    fix: 'service',
    async inspect({ sidecarUnit, paths }) {
      const unit = await sidecarUnit();
      if (unit.state !== 'read') return skip(`There is no ${paths.sidecarUnit}.`);
      const command = unitValue(unit.value, 'ExecStart') ?? '';
      if (!/--(dblab-token|webhook-secret)\b/.test(command)) return pass('It does not.');
      return fail(
        `ExecStart of ${paths.sidecarUnit} passes --dblab-token or --webhook-secret: systemd puts the value of a ` +
          'variable there too, so "ps" shows it.',
        BESIDE,
      );
    },
  },
  {
    id: 'secrets-file-mode',
    title: 'Nobody but its owner can read the file with the secrets',
    fix: 'service',
    async inspect({ files, paths }) {
      const open: string[] = [];
      let isThere = false;
      for (const path of [paths.envFile, paths.joinToken, paths.agentToken]) {
        const standing = await files.standing(path);
        if (standing !== undefined) isThere = true;
        if (standing !== undefined && (standing.mode & 0o077) !== 0)
          open.push(`${path} (${octal(standing.mode)})`);
      }
      if (!isThere) return skip(`There is no ${paths.envFile}.`);
      if (open.length === 0) return pass('Only its owner can.');
      return fail(
        `Others can read ${open.join(', ')}.`,
        `chmod 600 ${open.map((it) => it.split(' ')[0]).join(' ')}`,
      );
    },
  },
  {
    id: 'sidecar-running',
    title: 'The sidecar of this environment runs',
    fix: 'service',
    async inspect({ sidecar, config }) {
      const answer = await sidecar();
      if (!answer.ok) return fail(answer.reason, CURE_NOT_RUNNING);
      const { environment, transport } = answer.picture;
      if (environment === config.environmentId) return pass(`It answers, and uses ${transport}.`);
      return fail(
        `The sidecar that answers serves environment ${environment}, not ${config.environmentId}.`,
        'Name the status address of the other one with --status-addr, or correct --environment-id.',
      );
    },
  },
];

const CURE_NOT_RUNNING =
  'systemctl status dblab-teleport-sidecar; journalctl -u dblab-teleport-sidecar -n 50. Its first lines say why.';

/** What the sidecar itself says, once everything it stands on is known to be right. */
export const SIDECAR_CHECKS: readonly Check[] = [
  {
    id: 'sidecar-in-step',
    title: 'The sidecar keeps Teleport in step',
    needs: [
      'sidecar-running',
      'engine-token',
      'engine-edition',
      'teleport-transport',
      'role-databases',
      'role-apps',
      'agent-serves-clones',
      'agent-host',
      'name-conflicts',
    ],
    async inspect({ sidecar }: Site) {
      const answer = await sidecar();
      if (!answer.ok) return skip(answer.reason);
      const { ready, troubles, clones, lookedAt } = answer.picture;
      const registered = clones.filter(({ standing }) => standing === 'registered').length;
      if (ready && troubles.length === 0) {
        return pass(
          `${registered} of ${clones.length} clones registered; last look ${lookedAt ?? 'none yet'}.`,
        );
      }
      const evidence = troubles.join(' ') || 'It is not ready yet.';
      const cure = 'dblab teleport status --watch shows how it goes on.';
      return ready ? warn(evidence, cure) : fail(evidence, cure);
    },
  },
];
