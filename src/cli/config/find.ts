import { nearest } from '../../lib/nearest.ts';
import type { Environment, Environments } from '../environments/environment.ts';
import { FILE, quoted } from '../environments/store.ts';
import { Failure } from '../host.ts';

/** The environment of that id. Throws a `Failure` that names what may have been meant. */
export function environmentOf(id: string, { byId }: Environments): Environment {
  const found = byId.get(id);
  if (found !== undefined) return found;
  if (byId.size === 0) {
    throw new Failure(
      `There is no environment in ${FILE} yet: "dblab init --environment-id NAME --url URL --token TOKEN" makes the first.`,
    );
  }
  const meant = nearest(id, byId.keys());
  const hint =
    meant === undefined
      ? `There are: ${[...byId.keys()].sort().map(quoted).join(', ')}.`
      : `Did you mean ${quoted(meant)}?`;
  throw new Failure(`Environment ${quoted(id)} not found in ${FILE}. ${hint}`);
}
