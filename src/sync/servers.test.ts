import { beforeEach, describe, expect, it } from 'vitest';
import type { Server } from '../teleport/event.ts';
import { Servers } from './servers.ts';

const server = (hostId: string, over: Partial<Server> = {}): Server => ({
  of: 'db',
  name: 'db-a',
  hostId,
  host: `${hostId}.example.com`,
  ...over,
});

let servers: Servers;
beforeEach(() => {
  servers = new Servers();
  servers.registered(['db-a'], 0);
});

const hosts = (now = 0) =>
  servers
    .report(now)
    .servers.get('db-a')
    ?.map(({ hostId }) => hostId);

it('nothing is said about agents until somebody has told of them', () => {
  expect(servers.report(60_000)).toEqual({ isKnown: false, servers: new Map(), unserved: [] });
});

describe('who serves a registration', () => {
  it('is what was told last, by host', () => {
    servers.reset([server('one')]);
    servers.told({ kind: 'serving', ...server('two') });
    servers.told({ kind: 'serving', ...server('two', { expiresAt: 10 }) });
    expect(hosts()).toEqual(['one', 'two']);
    servers.told({ kind: 'not-serving', of: 'db', name: 'db-a', hostId: 'one' });
    expect(hosts()).toEqual(['two']);
    servers.reset([server('three')]);
    expect(hosts()).toEqual(['three']);
  });

  it('is nobody, when it is told that none does, whoever did', () => {
    servers.reset([server('one'), server('two')]);
    servers.told({ kind: 'not-serving', of: 'db', name: 'db-a' });
    expect(hosts()).toEqual([]);
  });

  it('is not whoever serves the app of that name', () => {
    servers.reset([server('one', { of: 'app' })]);
    expect(hosts()).toEqual([]);
  });

  it('is no longer who has not said so again in time', () => {
    servers.reset([server('one', { expiresAt: 100 })]);
    expect([hosts(99), hosts(100)]).toEqual([['one'], []]);
  });

  it('is not changed by what concerns other things', () => {
    servers.reset([server('one')]);
    servers.told({ kind: 'delete', of: 'db', name: 'db-a' });
    servers.told({ kind: 'not-serving', of: 'db', name: 'db-b', hostId: 'one' });
    expect(hosts()).toEqual(['one']);
  });
});

describe('a registration that nobody serves', () => {
  it('is told of after half a minute, counted from when it was first seen', () => {
    servers.reset([]);
    servers.registered(['db-a', 'db-b'], 20_000);
    expect(servers.report(29_999).unserved).toEqual([]);
    expect(servers.report(30_000).unserved).toEqual(['db-a']);
    expect(servers.report(50_000).unserved).toEqual(['db-a', 'db-b']);
  });

  it('is forgotten when it is gone, and counted anew when it comes back', () => {
    servers.reset([]);
    servers.registered([], 10_000);
    expect(servers.report(30_000).unserved).toEqual([]);
    servers.registered(['db-a'], 40_000);
    expect(servers.report(69_999).unserved).toEqual([]);
    expect(servers.report(70_000).unserved).toEqual(['db-a']);
  });
});
