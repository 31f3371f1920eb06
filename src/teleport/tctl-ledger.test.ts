import { describe, expect, it } from 'vitest';
import { TeleportError, type TeleportErrorCode } from './error.ts';
import type { Resource } from './resource.ts';
import { Ledger } from './tctl-ledger.ts';
import type { Change } from './teleport.ts';

const resource = (kind: 'db' | 'app', name: string): Resource => {
  const common = { name, labels: {}, uri: 'h:1' };
  return kind === 'db'
    ? { kind, ...common, protocol: 'postgres', tlsMode: 'insecure' }
    : { kind, ...common, insecureSkipVerify: false };
};
const database: Change = { action: 'create', resource: resource('db', 'a') };
const sibling: Change = { action: 'create', resource: resource('db', 'b') };
const app: Change = { action: 'create', resource: resource('app', 'c') };
const removal: Change = { action: 'delete', current: resource('db', 'd') };

const refusal = (code: TeleportErrorCode) => new TeleportError(code, code);

describe('Ledger', () => {
  it.each<[TeleportErrorCode, Change[]]>([
    ['already-exists', [sibling, app, removal]],
    ['not-found', [sibling, app, removal]],
    ['labels-denied', [sibling, app, removal]],
    ['invalid', [sibling, app, removal]],
    ['unknown', [sibling, app, removal]],
    ['rule-denied', [app, removal]],
    ['identity-expired', []],
    ['identity-missing', []],
    ['identity-invalid', []],
    ['unreachable', []],
    ['timeout', []],
    ['tctl-missing', []],
  ])('after %s tries what it does not speak for', (code, tried) => {
    const ledger = new Ledger();
    const error = refusal(code);
    ledger.refuse(database, error);
    expect(ledger.worthTrying([sibling, app, removal])).toEqual(tried);
    const judged = [database, ...[sibling, app, removal].filter((it) => !tried.includes(it))];
    expect(ledger.outcomes(judged)).toEqual(judged.map(() => ({ ok: false, error })));
  });

  it('gives up after ten refusals in a row, and not while some succeed', () => {
    const ledger = new Ledger();
    const refuse = (times: number) => {
      for (let count = 0; count < times; count += 1) ledger.refuse(database, refusal('invalid'));
    };
    refuse(9);
    ledger.succeed([sibling]);
    refuse(9);
    expect(ledger.worthTrying([app])).toEqual([app]);
    refuse(1);
    expect(ledger.worthTrying([app])).toEqual([]);
    expect(ledger.outcomes([app])).toMatchObject([{ ok: false, error: { code: 'unknown' } }]);
  });
});
