import { dirname } from 'node:path';
import { octal } from '../../site/host-files.ts';
import { PLACE } from '../../site/places.ts';
import { withVariables } from '../../site/units.ts';
import type { Change } from '../change.ts';
import { ENVIRONMENT_HEAD, environmentVariables } from '../pieces/environment.ts';
import { sidecarUnit } from '../pieces/units.ts';
import { programsOf } from '../programs.ts';
import { SetupError, type Step } from '../step.ts';
import { accountChanges, unitCommands, unitNameOf } from './account.ts';

/** The sidecar as a service: its settings and secrets in a file of its own, its unit, and its start. */
export const service: Step = {
  id: 'service',
  title: 'The sidecar as a service',
  async plan(site) {
    const { files, config, paths, installed } = site;
    const changes: Change[] = [...(await accountChanges(site))];
    if ((await files.standing(dirname(PLACE.envFile))) === undefined) {
      changes.push({ kind: 'folder', path: dirname(PLACE.envFile), mode: 0o755 });
    }
    const [there, known, unit] = await Promise.all([
      files.read(PLACE.envFile),
      installed(),
      files.read(PLACE.sidecarUnit),
    ]);
    if (there.state === 'closed') throw new SetupError(`${PLACE.envFile} cannot be read: ${there.reason}.`);
    const before = there.state === 'read' ? there.text : undefined;
    const variables = environmentVariables(config, paths.identity, known.state === 'read' ? known.value : {});
    const after = withVariables(before ?? ENVIRONMENT_HEAD, variables);
    if (after !== before) {
      changes.push({ kind: 'file', path: PLACE.envFile, before, after, mode: 0o600, isSecret: true });
    } else if (there.state === 'read' && (there.standing.mode & 0o077) !== 0) {
      changes.push({
        kind: 'permissions',
        path: PLACE.envFile,
        mode: 0o600,
        was: `mode ${octal(there.standing.mode)}`,
      });
    }
    const unitText = unit.state === 'read' ? unit.text : undefined;
    const wanted = sidecarUnit(await programsOf(site));
    const isUnitChanged = unitText === undefined || /--(dblab-token|webhook-secret)\b/.test(unitText);
    if (isUnitChanged) {
      changes.push({ kind: 'file', path: PLACE.sidecarUnit, before: unitText, after: wanted, mode: 0o644 });
    }
    const isChanged = isUnitChanged || after !== before;
    changes.push(...(await unitCommands(site, [{ name: unitNameOf(PLACE.sidecarUnit), isChanged }])));
    return { changes };
  },
};
