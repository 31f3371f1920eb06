import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Secret } from '../lib/secret.ts';
import { readState, removeState, type SandboxState, stateFolder, writeState } from './state.ts';

const state: SandboxState = {
  url: 'http://127.0.0.1:1',
  token: new Secret('hidden'),
  environmentId: 'sandbox',
  pid: 42,
};
const alive = () => true;
let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sandbox-state-'));
  folder = join(root, 'own');
});
afterEach(() => rmSync(root, { recursive: true }));

test('what is written can be read, by this user alone', () => {
  writeState(state, folder);
  const read = readState(alive, folder);
  expect(read).toMatchObject({ url: state.url, environmentId: 'sandbox', pid: 42 });
  expect(read?.token.reveal()).toBe('hidden');
  expect(readdirSync(folder)).toEqual(['state.json']);
  expect(statSync(join(folder, 'state.json')).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('a sandbox that no longer runs is not found', () => {
  writeState(state, folder);
  expect(readState((pid) => pid !== 42, folder)).toBeUndefined();
});

test('no note, or a broken one, is no sandbox', () => {
  expect(readState(alive, folder)).toBeUndefined();
  writeState(state, folder);
  for (const text of ['', '{', '{}', '[]', '{"url":1}', 'x'.repeat(70_000)]) {
    writeFileSync(join(folder, 'state.json'), text);
    expect(readState(alive, folder)).toBeUndefined();
  }
});

test('a folder that others may write to is neither believed nor used', () => {
  writeState(state, folder);
  chmodSync(folder, 0o777);
  expect(readState(alive, folder)).toBeUndefined();
  expect(() => writeState(state, folder)).toThrow(/others may write to it/);
});

test('nor is one that only points elsewhere', () => {
  writeState(state, folder);
  symlinkSync(folder, join(root, 'link'));
  expect(readState(alive, join(root, 'link'))).toBeUndefined();
});

test('a sandbox takes away its own note only', () => {
  writeState(state, folder);
  removeState(41, folder);
  expect(readState(alive, folder)).toBeDefined();
  removeState(42, folder);
  expect(readState(alive, folder)).toBeUndefined();
  removeState(42, folder);
});

test('each user has a folder', () => {
  expect(stateFolder()).toContain(String(process.getuid?.()));
});
