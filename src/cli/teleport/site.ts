import type { Command } from 'commander';
import type { Sources } from '../../config/read.ts';
import { type ParsedSiteConfig, parseSiteConfig, type SiteConfig } from '../../config/site.ts';
import { siteOptions } from '../../config/site-options.ts';
import { silentLog } from '../../lib/log.ts';
import { Releases } from '../../lib/releases.ts';
import { HostFiles } from '../../site/host-files.ts';
import { PLACE } from '../../site/places.ts';
import { openSite, type Site } from '../../site/site.ts';
import { environmentOf } from '../../site/units.ts';
import { type Run, UsageError } from '../host.ts';
import { addFlags, listed, sourcesOf } from './flags.ts';

export function addSiteFlags(command: Command): void {
  addFlags(command, siteOptions, 'The installation:');
}

/**
 * The installation that the command line is about. What neither flags nor variables say is taken from the
 * sidecar that is installed, so that on its host nothing needs to be typed. Throws a `UsageError`.
 */
export async function siteConfigOf(command: Command, run: Run): Promise<SiteConfig> {
  const sources = await withInstalled(sourcesOf(command, run), run);
  const parsed: ParsedSiteConfig = parseSiteConfig(sources, run.home);
  if (!parsed.ok) throw new UsageError(listed(command, parsed.problems));
  for (const warning of parsed.warnings) run.stderr.write(`${warning}\n`);
  return parsed.config;
}

/** Opens the site for the work, and closes what was opened whatever becomes of it. */
export async function onSite<T>(config: SiteConfig, run: Run, work: (site: Site) => Promise<T>): Promise<T> {
  const releases = new Releases();
  const { clock, env, signal } = run;
  try {
    const uid = process.getuid?.();
    return await work(openSite(config, { clock, env, signal, uid, log: silentLog }, releases));
  } finally {
    await releases.run();
  }
}

async function withInstalled(sources: Sources, { stderr }: Run): Promise<Sources> {
  const root = sources.flags[siteOptions.root.flag];
  const reading = await new HostFiles(typeof root === 'string' ? root : '/').read(PLACE.envFile);
  if (reading.state === 'closed') {
    stderr.write(
      `${PLACE.envFile}, with the settings of the installed sidecar, cannot be read: ${reading.reason}.\n`,
    );
  }
  if (reading.state !== 'read') return sources;
  const given = Object.entries(sources.env).filter(([, value]) => value !== undefined && value !== '');
  return { ...sources, env: { ...environmentOf(reading.text), ...Object.fromEntries(given) } };
}
