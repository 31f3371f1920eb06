/**
 * The integration belongs to the Standard and Enterprise editions. An edition that we do not know, or that
 * an Engine does not tell, is no reason to stop: the Engine's own names are few and may grow.
 */
export class EditionRefused extends Error {
  override readonly name = 'EditionRefused';

  constructor() {
    super(
      'The Teleport integration requires Standard or Enterprise edition; this Engine says that it is community. ' +
        'Register the instance with the PostgresAI platform, or point --dblab-url at another Engine.',
    );
  }
}

const KNOWN: ReadonlySet<string> = new Set(['standard', 'enterprise']);

/** Throws `EditionRefused` for a community Engine; answers a warning for an edition that we do not know. */
export function admit(edition: string): string | undefined {
  if (edition === 'community') throw new EditionRefused();
  if (KNOWN.has(edition)) return undefined;
  return `The Engine's edition is ${JSON.stringify(edition)}, which is neither standard nor enterprise. Going on.`;
}
