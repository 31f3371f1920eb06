import { expect, test } from 'vitest';
import type { Answer } from '../../engine/exchange.ts';
import { traced } from './trace.ts';

const answer = (text: string): Answer => ({ status: 201, contentType: '', location: undefined, text });
const order = (body?: string) => ({ method: 'POST', path: '/clone', ...(body && { body }) }) as const;

test('a request and its answer', () => {
  const seen = { order: order('{"id":"c1"}\n'), answer: answer('{"id":"c1"}'), durationMs: 12 };
  expect(traced(seen)).toBe(
    'debug: POST /clone: 201 after 12 ms\ndebug:   sent {"id":"c1"}\ndebug:   got  {"id":"c1"}\n',
  );
});

test('no answer', () => {
  expect(traced({ order: order(), durationMs: 12 })).toBe('debug: POST /clone: no answer after 12 ms\n');
});

test.each([
  '{"db":{"username":"a","password":"hidden"}}',
  '{"verificationToken":"hidden"}',
  '{"webhook":{"secret":["hidden"]}}',
  '{"connStr":"host=x password=hidden user=a"}',
  '{"url":"postgres://a:hidden@x/y"}',
  'password=hidden',
  '{"password": "hidden',
])('%s shows no secret, sent or got', (text) => {
  const shown = traced({ order: order(text), answer: answer(text), durationMs: 1 });
  expect(shown).not.toContain('hidden');
  expect(shown).toMatch(/\*\*\*|not JSON/);
});

test('a long answer is cut, and a terminal is not commanded', () => {
  const shown = traced({
    order: order(),
    answer: answer(JSON.stringify('\u009b2J'.repeat(9_000))),
    durationMs: 1,
  });
  expect(shown.length).toBeLessThan(20_000);
  expect(shown).toMatch(/\.\.\. \(\d+ characters\)\n$/);
  expect(shown).not.toContain('\u009b');
});
