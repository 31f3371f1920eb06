import { expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { family } from './arguments.ts';
import { commandTree, run } from './program.ts';
import { textAfter } from './reference.ts';

async function dblab(argv: readonly string[], over: { write?: (text: string) => void } = {}) {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const exit = await run(argv, {
    env: {},
    home: '/nonexistent',
    stdout: { write: over.write ?? ((text) => stdout.push(text)) },
    stderr: { write: (text) => stderr.push(text) },
    clock: systemClock,
    signal: new AbortController().signal,
  });
  return { exit, stdout: stdout.join(''), stderr: stderr.join('') };
}

test('alone it says what it is and what to try', async () => {
  const { exit, stdout } = await dblab([]);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/keeps Teleport in step[\s\S]*Three things to try/);
});

test.each([
  [
    ['--help'],
    /Usage: dblab[\s\S]*Port forwarding [^.]* are not built[\s\S]*Exit codes: 0 done, 1 failed, 2 wrong usage/,
  ],
  [['help'], /Usage: dblab/],
  [['clone', '--help'], /destroy .*CLONE_ID/],
  [['help', 'clone', 'create'], /Usage: dblab clone create[\s\S]*Examples:/],
  [['clone', 'help', 'create'], /Usage: dblab clone create/],
  [['clone', 'destroy', '-h'], /Examples:/],
  [['--url', 'http://x', 'clone', '--help'], /Usage: dblab clone/],
  [['teleport', 'serve', '--help'], /--webhook-secret <SECRET>[\s\S]*WEBHOOK_SECRET[\s\S]*Examples:/],
  [['--version'], /^\d+\.\d+\.\d+\n$/],
])('%j answers on stdout with exit code 0', async (argv, text) => {
  expect(await dblab(argv)).toEqual({ exit: 0, stdout: expect.stringMatching(text), stderr: '' });
});

test.each([
  [['clon'], /unknown command 'clon'[\s\S]*Did you mean clone/],
  [['clone', 'destory'], /Did you mean destroy[\s\S]*See "dblab clone --help"/],
  [['clone', 'destory', '--help'], /Did you mean destroy/],
  [['help', 'cloen'], /Did you mean clone/],
  [['--url', 'http://x', 'cloen', '-h'], /Did you mean clone/],
  [['port-forward'], /opens no SSH tunnels.*ssh -N -L/],
  [['--url', 'http://x', 'port-forward'], /opens no SSH tunnels/],
  [['clone', 'port-forward', 'c1', '--x'], /tsh proxy db --tunnel/],
  [['clone', 'start-observation', '--follow', 'c1', '--help'], /no observation sessions.*original/],
  [['clone', 'stop-observation', 'c1'], /no observation sessions/],
  [['clone', 'summary-observation', 'c1', '1'], /no observation sessions/],
  [['clone', 'download-artifact', 'c1'], /no observation sessions/],
  [['local-install', '--edition', 'x'], /installs no Engine.*dblab sandbox/],
  [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
  [['clone', 'list', '--outptu', 'json'], /Did you mean --output[\s\S]*See "dblab clone list --help"/],
  [['clone', 'list', '--output', 'xml'], /Allowed choices are table, json, yaml/],
  [['clone', 'list', 'x'], /too many arguments/],
  [['clone', 'create'], /'--username <NAME>' not specified/],
  [['clone', 'create', '--username', 'a', '--protected', 'soon'], /invalid --protected value: "soon"/],
  [['clone', 'destroy'], /Which clone\?/],
  [['clone', 'destroy', 'a', '--id', 'b'], /Two clones/],
  [['clone', 'list', '--url', 'localhost'], /--url .*it must be a URL/],
  [['clone', 'list', '--url', 'http://x', '--request-timeout', 'soon'], /--request-timeout "soon"/],
  [['clone'], /Usage: dblab clone/],
  [['teleport'], /Usage: dblab teleport/],
  [['teleport', 'serve', '--token', 'x'], /unknown option '--token'/],
  [['teleport', 'serve'], /cannot start:\n( {2}- --[\w-]+ is missing.*\n){5}/],
])('%j is a usage error with a hint: exit code 2', async (argv, text) => {
  expect(await dblab(argv)).toEqual({ exit: 2, stdout: '', stderr: expect.stringMatching(text) });
});

test.each(['--webhook-secert=hidden', "--webhook-secert=it's-hidden", '--webhook-secert=a\nhidden'])(
  'a mistyped flag does not show its value: %j',
  async (flag) => {
    const { exit, stderr } = await dblab(['teleport', 'serve', flag]);
    expect(exit).toBe(2);
    expect(stderr).toContain("unknown option '--webhook-secert'");
    expect(stderr).not.toContain('hidden');
  },
);

test('an unexpected error shows its stack only when asked', async () => {
  const write = () => {
    throw new Error('the disk is full');
  };
  const plain = await dblab(['clone', 'list', '--help'], { write });
  expect(plain).toMatchObject({
    exit: 1,
    stderr: expect.stringMatching(/^Unexpected error: the disk is full .*\n$/),
  });
  const debugged = await dblab(['clone', 'list', '--debug', '--help'], { write });
  expect(debugged.stderr).toMatch(/^ +at /m);
});

test('every command shows an example', async () => {
  const silent = { write: () => {} };
  const host = { env: {}, home: '/nonexistent', stdout: silent, stderr: silent, clock: systemClock };
  const run = { ...host, signal: new AbortController().signal, exitWith: () => {} };
  const commands = family(await commandTree(run, () => true)).filter(
    ({ commands: below }) => below.length === 0,
  );
  const visible = commands.filter((command) =>
    command.parent?.createHelp().visibleCommands(command.parent).includes(command),
  );
  expect(visible.length).toBeGreaterThan(10);
  for (const command of visible) expect(textAfter(command), command.name()).toMatch(/Examples?:\n {2}\$ /);
});
