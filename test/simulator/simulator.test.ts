import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { BUGS } from './bugs.ts';
import { type History, history, isFault, written } from './history.ts';
import { REGRESSIONS } from './regressions.ts';
import { live } from './run.ts';
import type { Bug } from './sidecar.ts';

/** More by hand: SIMULATE=1000000 npx vitest run --project simulator. */
const RUNS = Number(process.env['SIMULATE'] ?? 20_000);
/** What it takes to find the rarest bug, many times over. */
const RUNS_PER_BUG = 50_000;

const lived = { histories: 0, faults: 0, writes: 0 };

afterAll(() => {
  console.info(`${lived.histories} histories, ${lived.faults} faults, ${lived.writes} writes`);
});

async function holds(past: History, bug?: Bug): Promise<void> {
  const { violations, table, writes } = await live(past, bug);
  lived.histories += 1;
  lived.faults += past.steps.filter(isFault).length;
  lived.writes += writes;
  if (violations.length > 0)
    throw new Error(`${violations.join('\n')}\n\n${table}\n\nTo keep it:\n${written(past)}`);
}

describe('whatever happens, in whatever order', () => {
  it(`every promise is kept in ${RUNS} random histories`, async () => {
    await fc.assert(
      fc.asyncProperty(history, (past) => holds(past)),
      { numRuns: RUNS },
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
        { numRuns: RUNS_PER_BUG, endOnFailure: true },
      );
      expect(found.failed).toBe(true);
    },
    600_000,
  );
});
