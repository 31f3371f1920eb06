import { expect, test } from 'vitest';
import { parseProtection } from './protection.ts';

test.each([
  ['', { protected: true }],
  ['true', { protected: true }],
  ['TRUE', { protected: true }],
  ['false', { protected: false }],
  ['0', { protected: true, protectionDurationMinutes: 0 }],
  ['90', { protected: true, protectionDurationMinutes: 90 }],
  ['30m', { protected: true, protectionDurationMinutes: 30 }],
  ['2H', { protected: true, protectionDurationMinutes: 120 }],
  ['7d', { protected: true, protectionDurationMinutes: 10_080 }],
  ['365d', { protected: true, protectionDurationMinutes: 525_600 }],
])('%j is understood', (text, value) => {
  expect(parseProtection(text)).toEqual({ ok: true, value });
});

test.each(['x', 'yes', '-1', '1.5h', '2w', '1h30m', 'h', ' 5', '366d', '99999999999'])(
  '%j is refused',
  (text) => {
    expect(parseProtection(text)).toEqual({
      ok: false,
      reason: `invalid --protected value: ${JSON.stringify(text)} (use 'true', 'false', minutes, or duration like 30m/2h/7d)`,
    });
  },
);
