import type { ApiOptions } from './api.ts';
import { openEither } from './either.ts';
import { openTctl, type TctlOptions } from './tctl.ts';
import type { Teleport } from './teleport.ts';

/** `auto` is the API where it can be reached, else tctl. */
export type Transport = 'auto' | 'api' | 'tctl';

/** Costs nothing but loading what the transport needs: nothing is dialled and no process is started. */
export async function openTeleport(
  transport: Transport,
  options: TctlOptions & ApiOptions,
): Promise<Teleport> {
  if (transport === 'tctl') return openTctl(options);
  const { openApi } = await import('./api.ts');
  const api = openApi(options);
  return transport === 'api' ? api : openEither({ ...options, api, tctl: openTctl(options) });
}
