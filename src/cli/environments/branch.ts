import { Failure, type Host } from '../host.ts';
import { changeEnvironments, currentOf } from './store.ts';

/** The branch of every Engine that has no other yet. */
export const DEFAULT_BRANCH = 'main';

/** Makes a branch the current one of the current environment. Throws a `Failure` when there is none. */
export async function switchBranch(
  branch: string,
  host: Pick<Host, 'home' | 'clock' | 'signal'>,
): Promise<void> {
  await changeEnvironments(host, (before) => {
    const environment = currentOf(before);
    if (environment === undefined) {
      throw new Failure(
        'There is no current environment to remember the branch for: make one with "dblab init", choose one with "dblab config switch", or name the branch each time.',
      );
    }
    return [{ path: ['environments', environment.id, 'branching', 'current_branch'], value: branch }];
  });
}
