import { readEnvironments } from '../environments/store.ts';
import type { Run } from '../host.ts';
import type { Lookup } from './complete.ts';

/** What is known of environments on this machine, and of clones by their Engine. Never rejects. */
export function lookup(run: Run): Lookup {
  return async (placeholder, command) => {
    try {
      if (placeholder === 'ENVIRONMENT_ID') return [...readEnvironments(run).byId.keys()].sort();
      if (placeholder !== 'CLONE_ID') return [];
      const { withEngine } = await import('../engine/connection.ts');
      const quiet = { ...run, stderr: { write: () => {} }, env: { ...run.env, DBLAB_REQUEST_TIMEOUT: '1s' } };
      return await withEngine(command, quiet, async ({ engine }) =>
        (await engine.look(run.signal)).clones.map(({ id }) => id),
      );
    } catch {
      return [];
    }
  };
}
