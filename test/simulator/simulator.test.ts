import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUGS } from './bugs.ts';
import { type History, history } from './history.ts';
import { REGRESSIONS } from './regressions.ts';
import { live } from './run.ts';
import type { Bug } from './sidecar.ts';

/** More by hand: SIMULATE=1000000 npx vitest run --project simulator. */
const RUNS = Number(process.env['SIMULATE'] ?? 10_000);

async function holds(past: History, bug?: Bug): Promise<void> {
  const { violations, table } = await live(past, bug);
  if (violations.length > 0)
    throw new Error(`${violations.join('\n')}\n\n${table}\n\n${JSON.stringify(past)}`);
}

describe('whatever happens, in whatever order', () => {
  it(`every promise is kept in ${RUNS} random histories`, async () => {
    await fc.assert(
      fc.asyncProperty(history, (past) => holds(past)),
      { numRuns: RUNS, endOnFailure: false },
    );
  }, 86_400_000);

  it.each(REGRESSIONS)('and in what went wrong once: $name', ({ past }) => holds(past));
});

describe('a bug that is put back in is found', () => {
  it.each(Object.entries(BUGS))(
    '%s',
    async (_name, bug) => {
      const found = await fc.check(
        fc.asyncProperty(history, (past) => holds(past, bug)),
        { numRuns: 3_000, endOnFailure: true },
      );
      expect(found.failed).toBe(true);
    },
    600_000,
  );
});
