import type { Command } from 'commander';
import { UsageError } from './host.ts';

/*
 * What the original command line has and this one has not. Whoever types it is told what to use instead.
 */

interface NotBuilt {
  readonly names: readonly string[];
  readonly instead: string;
}

const TUNNEL: NotBuilt = {
  names: ['port-forward'],
  instead:
    'dblab opens no SSH tunnels. For the Engine: "ssh -N -L 2345:127.0.0.1:2345 USER@HOST", then --url http://127.0.0.1:2345. For a clone: the same with its port, or "tsh proxy db --tunnel" through Teleport.',
};
const OBSERVATION: NotBuilt = {
  names: ['start-observation', 'stop-observation', 'summary-observation', 'download-artifact'],
  instead:
    "dblab has no observation sessions. Use the original command line for them, or the Engine's API under /observation.",
};
const INSTALL: NotBuilt = {
  names: ['local-install'],
  instead:
    'dblab installs no Engine: follow the installation guide of DBLab Engine. To look at everything on this machine first: "dblab sandbox".',
};

/** One line for the help of the program. */
export const NOT_BUILT =
  'Port forwarding (use ssh -L or tsh proxy db), observation and local-install (use the original command\nline) are not built. Typing one of them says more.';

/** Takes the names that a noun, or the program itself, has in the original, and says what to use instead. */
export function addNotBuilt(parent: Command): void {
  for (const { names, instead } of absentFrom(parent)) {
    for (const name of names) {
      parent
        .command(name, { hidden: true })
        .helpOption(false)
        .allowUnknownOption()
        .allowExcessArguments()
        .action(() => {
          throw new UsageError(instead);
        });
    }
  }
}

function absentFrom(parent: Command): readonly NotBuilt[] {
  if (parent.parent === null) return [TUNNEL, INSTALL];
  return parent.name() === 'clone' ? [TUNNEL, OBSERVATION] : [];
}
