import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StatusDocument } from '../status-document.ts';
import { html } from './html.ts';
import { pageOf } from './page.ts';
import { type Clone, questionIn, select } from './selection.ts';
import { span } from './span.ts';

const NOW = Date.UTC(2026, 0, 2, 12);
const CLONE: Clone = {
  ...{ id: 'c1', status: 'OK', port: 6000, standing: 'registered', name: 'dblab-clone-prod-c1-6000' },
  ...{ servedBy: ['db-host'], createdAt: '2026-01-02T09:00:00Z', error: null, connect: 'tsh db connect x' },
};
const DOCUMENT: StatusDocument = {
  ...{ environment: 'prod', transport: 'api', ready: true, troubles: [], app: 'registered' },
  lookedAt: '2026-01-02T11:59:30.000Z',
  clones: [CLONE],
  held: { clones: [], why: null },
  identity: { user: 'bot-x', expiresAt: '2026-01-02T12:40:00.000Z', renewedAt: '2026-01-02T11:40:00.000Z' },
  changes: [{ at: '2026-01-02T11:00:00.000Z', what: 'create db/x (new)', resource: 'x', refusal: null }],
  plan: [],
};
const all = questionIn('/');
const many = (count: number, put: Partial<Clone> = {}) =>
  Array.from({ length: count }, (_, index) => ({ ...CLONE, id: `clone-${index}`, ...put }));

describe('the page', () => {
  it('says at a glance whether all is in step, and of each clone what there is to say', () => {
    const page = pageOf(DOCUMENT, all, NOW);
    for (const text of [
      'In step: 1 of 1 clones',
      '30 s ago',
      'expires in 40 min',
      'db-host',
      '3 h',
      'tsh db connect x',
      '1 h ago</time>: create',
    ]) {
      expect(page).toContain(text);
    }
  });

  it.each([
    [
      'is not ready',
      { ready: false, troubles: ['Teleport is away.'] },
      ['Not in step', 'Teleport is away.', 'NOT in step: prod'],
    ],
    [
      'is ready but has troubles',
      { troubles: ['A conflict.'] },
      ['In step but for what follows', 'A conflict.'],
    ],
    ['has no identity', { identity: null }, ['<dd>none</dd>']],
    [
      'has an expired identity',
      {
        identity: { user: 'x', expiresAt: '2026-01-02T10:00:00.000Z', renewedAt: '2026-01-02T09:00:00.000Z' },
      },
      ['expired 2 h ago'],
    ],
    ['has looked at nothing yet', { lookedAt: null, clones: [] }, ['none yet', 'No clone yet.']],
    ['has a clone that nobody serves', { clones: [{ ...CLONE, servedBy: [] }] }, ['nobody']],
    ['does not know who serves', { clones: [{ ...CLONE, servedBy: null }] }, ['not known']],
    [
      'has a clone that was refused',
      { clones: [{ ...CLONE, standing: 'waiting', error: 'No rights.' }] },
      ['No rights.', 'waiting'],
    ],
    [
      'was refused a change',
      {
        changes: [
          { at: '2026-01-02T11:00:00.000Z', what: 'create db/x', resource: 'x', refusal: 'No rights.' },
        ],
      },
      ['create db/x was refused. No rights.'],
    ],
    ['has a plan', { plan: ['held: delete db/x (gone)'] }, ['held: delete db/x (gone)']],
  ] as const)('says so when it %s', (_name, put, wanted) => {
    const page = pageOf({ ...DOCUMENT, ...put } as StatusDocument, all, NOW);
    for (const text of wanted) expect(page).toContain(text);
  });

  it('shows as text whatever anybody wrote', () => {
    const hostile = '"><script>alert(1)</script>&';
    const page = pageOf(
      {
        ...DOCUMENT,
        ...{ environment: hostile, troubles: [hostile], plan: [hostile], app: hostile },
        clones: [
          { ...CLONE, id: hostile, name: hostile, error: hostile, connect: hostile, servedBy: [hostile] },
        ],
      },
      questionIn(`/?q=${encodeURIComponent(hostile)}`),
      NOW,
    );
    expect(page).not.toContain('<script>');
    expect(page).toContain('&#60;script&#62;');
  });

  it('stays under 100 KB with 1,000 clones, on every page of them', () => {
    const id = 'a-clone-with-a-rather-long-name-of-its-own';
    const clones = many(1000).map((clone, index) => ({
      ...clone,
      id: `${id}-${index}`,
      connect: `tsh db connect dblab-clone-prod-${id}-${index}-6000 --db-user somebody --db-name somewhere`,
    }));
    for (const page of ['', '?page=10']) {
      expect(Buffer.byteLength(pageOf({ ...DOCUMENT, clones }, questionIn(`/${page}`), NOW))).toBeLessThan(
        100_000,
      );
    }
  });
});

describe('the clones that are shown', () => {
  it('are those that are asked for, what needs somebody first', () => {
    const clones = [
      ...many(150),
      { ...CLONE, id: 'zz', standing: 'conflict' },
      { ...CLONE, id: 'yy', servedBy: [] },
    ];
    expect(select(clones, all)).toMatchObject({ found: 152, pages: 2, page: 1 });
    expect(
      select(clones, all)
        .clones.slice(0, 3)
        .map(({ id }) => id),
    ).toEqual(['zz', 'yy', 'clone-0']);
    expect(select(clones, questionIn('/?page=2')).clones).toHaveLength(52);
    expect(select(clones, questionIn('/?q=CLONE-14')).found).toBe(11);
    expect(select(clones, questionIn('/?state=waiting')).clones.map(({ id }) => id)).toEqual(['zz']);
    expect(select(clones, questionIn('/?state=unserved')).clones.map(({ id }) => id)).toEqual(['yy']);
    expect(select(clones, questionIn('/?page=99'))).toMatchObject({ page: 2 });
  });

  it.each([
    '/?page=-1',
    '/?page=x',
    '/?page=1.5',
    '/?state=constructor',
    '/?state=',
    '/?q=',
    '/?%zz',
    '/?page=1e99',
  ])('%s asks for all of them', (target) => {
    expect(questionIn(target)).toEqual({ search: '', state: 'all', page: 1 });
  });
});

it('puts nothing into markup that could leave its place', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...`<>"'&/ab `.split('')) }), (text) => {
      const { text: made } = html`<a title="${text}">${text}</a>`;
      expect(made.match(/[<>"]/g)).toEqual(['<', '"', '"', '>', '<', '>']);
    }),
  );
});

it.each([
  [0, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [-7_200_000, '2 h'],
  [200_000_000, '2 d'],
])('%d ms is %s', (ms, text) => {
  expect(span(ms)).toBe(text);
});
