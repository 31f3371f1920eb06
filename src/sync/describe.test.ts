import { expect, it } from 'vitest';
import { app, registration } from '../testing/builders.ts';
import { planned } from './change.ts';
import { describe } from './describe.ts';
import { diff } from './diff.ts';

const current = registration('a', 6000);
const resource = registration('a', 6000, { uri: '10.0.0.1:6000', labels: { ...current.labels, team: 'x' } });

it.each([
  [
    planned({ action: 'create', resource: current }, 'new', 'a'),
    'create db/dblab-clone-prod-a-6000 (clone "a")',
  ],
  [
    planned({ action: 'create', resource: app('dblab-api-prod') }, 'new', undefined),
    'create app/dblab-api-prod',
  ],
  [
    planned({ action: 'delete', current }, 'gone', 'a'),
    'delete db/dblab-clone-prod-a-6000 (clone "a"): gone',
  ],
  [
    planned({ action: 'update', current, resource }, 'drift', 'a', diff(current, resource)),
    'update db/dblab-clone-prod-a-6000 (clone "a"): labels.team null -> "x", uri "127.0.0.1:6000" -> "10.0.0.1:6000"',
  ],
  [
    planned(
      { action: 'update', current: resource, resource: current },
      'drift',
      'a',
      diff(resource, current),
    ),
    'update db/dblab-clone-prod-a-6000 (clone "a"): labels.team "x" -> null, uri "10.0.0.1:6000" -> "127.0.0.1:6000"',
  ],
])('a change says what, where and why: %#', (change, line) => {
  expect(describe(change)).toBe(line);
});
