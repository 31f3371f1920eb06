import { describe, expect, test } from 'vitest';
import { createLog, type LogFormat, type LogLevel } from './log.ts';
import { Secret } from './secret.ts';

const ESCAPE = '\u001b';

async function open(format: LogFormat, { isTTY = false, level = 'info' as LogLevel } = {}) {
  const lines: string[] = [];
  const destination = { isTTY, write: (line: string) => void lines.push(line) };
  return { log: await createLog({ level, format, destination }), lines };
}

test('a JSON line has the time in ISO, the level as a word, the facts and the sentence', async () => {
  const { log, lines } = await open('json');
  log.info({ clone: 'c1' }, 'Registered 100%s.');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/\n$/);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    clone: 'c1',
    msg: 'Registered 100%s.',
  });
});

test.each<[LogFormat, boolean, boolean]>([
  ['auto', true, true],
  ['auto', false, false],
  ['json', true, false],
  ['pretty', false, true],
])('format %s on a terminal (%s) is pretty: %s', async (format, isTTY, pretty) => {
  const { log, lines } = await open(format, { isTTY });
  log.warn({ clone: 'c1' }, 'Held.');
  expect(lines[0]?.startsWith('{')).toBe(!pretty);
  expect(lines[0]).toContain('Held.');
  expect(lines[0]?.includes(ESCAPE)).toBe(pretty && isTTY);
});

test('what lies below the level is left out', async () => {
  const { log, lines } = await open('json', { level: 'warn' });
  log.debug({}, 'a');
  log.info({}, 'b');
  log.warn({}, 'c');
  log.error({}, 'd');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['c', 'd']);
});

test.each<LogFormat>(['json', 'pretty'])('a secret prints as ***: %s', async (format) => {
  const { log, lines } = await open(format);
  const secret = new Secret('hidden');
  log.info({ secret, deep: [{ secret }] }, `with ${secret}`);
  expect(lines[0]).not.toContain('hidden');
  expect(lines[0]?.match(/\*\*\*/g)).toHaveLength(3);
});

describe('an error', () => {
  const error = Object.assign(new Error('It is down.', { cause: new Error('ECONNREFUSED') }), {
    code: 'unreachable',
  });

  test('is its sentence and its code', async () => {
    const { log, lines } = await open('json');
    log.error({ error }, 'Failed.');
    expect(JSON.parse(lines[0] ?? '').error).toEqual({ sentence: 'It is down.', code: 'unreachable' });
  });

  test('shows its stack and its cause when debugging', async () => {
    const { log, lines } = await open('json', { level: 'debug' });
    log.error({ error }, 'Failed.');
    expect(JSON.parse(lines[0] ?? '').error).toMatchObject({
      sentence: 'It is down.',
      stack: expect.stringContaining('log.test.ts'),
      cause: { sentence: 'ECONNREFUSED' },
    });
  });

  test('may be anything that was thrown', async () => {
    const { log, lines } = await open('json');
    log.error({ error: 'a text' }, 'Failed.');
    expect(JSON.parse(lines[0] ?? '').error).toBe('a text');
  });
});

test.each<LogFormat>(['json', 'pretty'])(
  'hostile text stays on its line and commands no terminal: %s',
  async (format) => {
    const { log, lines } = await open(format);
    const hostile = `x\n{"level":"info","msg":"forged"}\r${ESCAPE}[2J\u009b2J`;
    log.info({ clone: hostile, list: [hostile] }, `Registered ${hostile}.`);
    const text = lines.join('');
    expect(text.trimEnd().split(/[\n\r]/)).toHaveLength(1);
    expect(text).not.toContain(ESCAPE);
  },
);

test('a terminal sees no control character of others either', async () => {
  const { log, lines } = await open('pretty', { isTTY: true });
  log.info({ clone: '\u009b2J' }, `${ESCAPE}[2J\u009b2J`);
  expect(lines[0]).not.toContain(`${ESCAPE}[2J`);
  expect(lines[0]).not.toContain('\u009b');
  expect(lines[0]).toContain('\\u001b[2J');
});
