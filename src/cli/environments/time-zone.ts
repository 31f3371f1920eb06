import type { Host } from '../host.ts';
import type { Environments } from './environment.ts';

/** The zone in which people want to read times: `TZ` where it is set, else that of the file, else UTC. */
export function timeZone({ tz }: Environments, env: Host['env']): string {
  const zone = env['TZ'] ?? tz;
  return zone !== '' && isTimeZone(zone) ? zone : 'UTC';
}

/** Whether the name is in the database of time zones. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
