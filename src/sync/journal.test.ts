import { beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../engine/error.ts';
import type { Log } from '../lib/log.ts';
import { TeleportError } from '../teleport/error.ts';
import { policy, registration } from '../testing/builders.ts';
import type { CompleteLook } from './audience.ts';
import { planned, type Reason } from './change.ts';
import { diff } from './diff.ts';
import { History } from './history.ts';
import { Journal } from './journal.ts';
import type { Deed } from './pass.ts';
import type { Consequence } from './retry.ts';
import { starting } from './status.ts';

const QUIET = { ...starting(policy, 'api'), lookedAt: 1 };
const refusal = new TeleportError('rule-denied', 'No right.');
const current = registration('a', 6000);

function deed(reason: Reason, resource = current, over: Partial<Deed> = {}): Deed {
  const change = planned({ action: 'update', current, resource }, reason, 'a', diff(current, resource));
  const then: Consequence = over.outcome?.ok === false ? 'report' : 'done';
  return { planned: change, outcome: { ok: true }, then, durationMs: 5, ...over };
}
const failed = deed('drift', current, { outcome: { ok: false, error: refusal } });
const look = (deeds: readonly Deed[], held: readonly Deed[] = []): CompleteLook =>
  ({
    ...{ ok: true, at: 0, durationMs: 9, deeds },
    decision: { clones: [1, 2], due: deeds.map((it) => it.planned), held: held.map((it) => it.planned) },
  }) as unknown as CompleteLook;
const occasion = (hinted: ReadonlyMap<string, number> = new Map()) => ({
  why: 'hint' as const,
  hinted,
  now: 100,
});

describe('the log', () => {
  let said: { level: string; facts: object; sentence: string }[];
  let journal: Journal;
  beforeEach(() => {
    said = [];
    const at = (level: string) => (facts: object, sentence: string) =>
      void said.push({ level, facts, sentence });
    const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
    journal = new Journal(log, { transport: 'api' });
  });
  const lines = () =>
    said.filter(({ level }) => level !== 'debug').map(({ level, sentence }) => [level, sentence]);

  it('has a line for each change, with what it was and how long after the hint', () => {
    journal.looked(look([deed('drift')]), QUIET, occasion(new Map([['clone/a', 40]])));
    expect(said[0]).toEqual({
      level: 'debug',
      facts: { why: 'hint', durationMs: 9, changes: 1, clones: 2 },
      sentence: 'Looked.',
    });
    expect(said[1]).toEqual({
      level: 'info',
      facts: {
        ...{ clone: 'a', resource: 'dblab-clone-prod-a-6000', reason: 'drift', transport: 'api' },
        ...{ durationMs: 5, sinceHintMs: 60 },
      },
      sentence: 'update db/dblab-clone-prod-a-6000 (clone "a"): ',
    });
    journal.looked(look([deed('drift')]), QUIET, occasion());
    expect(said[3]?.facts).not.toHaveProperty('sinceHintMs');
  });

  it('tells of a renewed lease to those who ask for everything, and of what was refused nothing', () => {
    journal.looked(look([deed('lease'), failed]), QUIET, occasion());
    expect(said.map(({ level }) => level)).toEqual(['debug', 'debug']);
  });

  it.each([
    ['was rewritten', { ...current.labels, dblab_user: 'bob' }, 1],
    ['is another one', { ...current.labels, dblab_owner: 'bob' }, 0],
    ['is as it was, though two others changed', { ...current.labels, a: '1', b: '2' }, 0],
  ])('warns when a label that roles match %s', (_, labels, warnings) => {
    journal.looked(look([deed('drift', registration('a', 6000, { labels }))]), QUIET, occasion());
    expect(lines().filter(([level]) => level === 'warn')).toHaveLength(warnings);
  });

  it('does not warn of a user where there was none', () => {
    const { dblab_user: _, ...none } = current.labels;
    const without = registration('a', 6000, { labels: none });
    const change = planned(
      { action: 'update', current: without, resource: current },
      ...(['drift', 'a', diff(without, current)] as const),
    );
    journal.looked(look([deed('drift', current, { planned: change })]), QUIET, occasion());
    expect(lines().map(([level]) => level)).toEqual(['info']);
  });

  it('says once what is wrong, and again when it comes back', () => {
    const wrong = { ...QUIET, held: ['a'] };
    for (const status of [wrong, wrong, QUIET, wrong]) journal.remark(status);
    expect(lines()).toEqual([
      ['warn', expect.stringMatching(/^Removals are held/)],
      ['warn', expect.stringMatching(/^Removals are held/)],
    ]);
  });

  it('says once that it cannot see, again when the reason is another, and when it can', () => {
    const down = new EngineError('unreachable', 'The Engine is down.');
    for (const error of [down, down, refusal]) journal.blinded(error);
    for (let times = 0; times < 2; times += 1) journal.looked(look([]), QUIET, occasion());
    expect(lines()).toEqual([
      ['error', 'The Engine is down.'],
      ['error', 'No right.'],
      ['info', 'The Engine and Teleport can be read again.'],
    ]);
    expect(said[0]?.facts).toEqual({ code: 'unreachable' });
  });
});

describe('the history', () => {
  it('keeps the last changes, the newest first, with what was refused, and the last plan', () => {
    let news = 0;
    const history = new History(() => {
      news += 1;
    });
    expect([history.changes, history.plan]).toEqual([[], []]);
    history.looked(look([deed('drift'), failed], [deed('gone')]), QUIET, occasion());
    const what = 'update db/dblab-clone-prod-a-6000 (clone "a"): ';
    const entry = { at: 100, what, resource: 'dblab-clone-prod-a-6000' };
    expect(history.changes).toEqual([
      { ...entry, refusal: 'No right.' },
      { ...entry, refusal: undefined },
    ]);
    expect(history.plan).toEqual([what, what, `held: ${what}`]);
    history.looked(look(Array.from({ length: 60 }, () => deed('drift'))), QUIET, occasion());
    expect(history.changes).toHaveLength(50);
    expect(history.changes.every(({ refusal: why }) => why === undefined)).toBe(true);
    history.remark();
    history.blinded();
    expect(news).toBe(4);
  });
});
