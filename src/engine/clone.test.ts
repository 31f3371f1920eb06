import { describe, expect, test } from 'vitest';
import { cloneSchema } from './clone.ts';

/** As the Engine sends it, 4.1.0. */
const full = {
  id: 'test-clone',
  snapshot: { id: 'dblab_pool@snapshot_20260401000000', numClones: 1, clones: ['test-clone'] },
  branch: 'main',
  revision: 0,
  protected: false,
  deleteAt: null,
  createdAt: '2026-04-07T11:00:00Z',
  status: { code: 'OK', message: 'Clone is ready to accept Postgres connections.' },
  db: {
    connStr: 'host=localhost port=6000 user=testuser dbname=postgres',
    host: 'localhost',
    port: '6000',
    username: 'testuser',
    password: '',
    dbName: 'postgres',
  },
  metadata: { cloneDiffSize: 486400, cloningTime: 1.57552338 },
};

const withPort = (port: unknown) => ({ ...full, db: { ...full.db, port } });

describe('a clone', () => {
  test('is read from what the Engine sends', () => {
    expect(cloneSchema.parse(full)).toEqual({
      id: 'test-clone',
      status: 'OK',
      message: 'Clone is ready to accept Postgres connections.',
      port: 6000,
      user: 'testuser',
      dbName: 'postgres',
      owner: undefined,
      createdAt: '2026-04-07T11:00:00Z',
    });
  });

  test('has an owner where the Engine binds clones to users', () => {
    const owned = { ...full, db: { ...full.db, ownerUser: 'jsmith@acme.io' } };
    expect(cloneSchema.parse(owned).owner).toBe('jsmith@acme.io');
    expect(cloneSchema.parse({ ...full, db: { ...full.db, ownerUser: '' } }).owner).toBeUndefined();
  });

  test.each([
    ['6000', 6000],
    [6000, 6000],
    ['65535', 65535],
    ['', undefined],
    ['0', undefined],
    [0, undefined],
    [null, undefined],
    [undefined, undefined],
  ])('port %j is %j', (sent, port) => {
    expect(cloneSchema.parse(withPort(sent)).port).toBe(port);
  });

  test.each(['65536', '-1', '6000.5', 'x', true, {}])('port %j is refused and not taken for none', (sent) => {
    expect(cloneSchema.safeParse(withPort(sent)).success).toBe(false);
  });

  test('needs no more than an id and a status', () => {
    expect(cloneSchema.parse({ id: 'a', status: { code: 'NEW_WORD' } })).toEqual({
      id: 'a',
      status: 'NEW_WORD',
      message: '',
      port: undefined,
      user: '',
      dbName: '',
      owner: undefined,
      createdAt: undefined,
    });
  });

  test.each([
    ['no id', { status: { code: 'OK' } }],
    ['an empty id', { id: '', status: { code: 'OK' } }],
    ['no status', { id: 'a' }],
    ['a status without a code', { id: 'a', status: {} }],
  ])('with %s is refused', (_, raw) => {
    expect(cloneSchema.safeParse(raw).success).toBe(false);
  });
});
