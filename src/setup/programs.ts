import { join } from 'node:path';
import type { Site } from '../site/site.ts';
import { type Programs, USUAL_PROGRAMS } from './pieces/units.ts';

const FOLDERS = ['/usr/local/bin', '/usr/bin', '/opt/teleport/system/bin', '/opt/teleport/default/bin'];

/** Where the host has its programs; the usual place for one that it has not. */
export async function programsOf({ files }: Pick<Site, 'files'>): Promise<Programs> {
  const find = async (name: keyof Programs) => {
    for (const folder of FOLDERS) {
      const path = join(folder, name);
      if (await files.isExecutable(path)) return path;
    }
    return USUAL_PROGRAMS[name];
  };
  return { dblab: await find('dblab'), tbot: await find('tbot'), tctl: await find('tctl') };
}
