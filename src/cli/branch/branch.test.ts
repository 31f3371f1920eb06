import { mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CommandedEngine, commandEngine, FIRST } from '../../testing/commanded-engine.ts';

const isConfigured = true;

async function withClone(): Promise<CommandedEngine> {
  const all = await commandEngine({ isConfigured });
  all.engine.create({ id: 'c1' });
  await all.engine.settled('c1');
  return all;
}

describe('what is sent and said', () => {
  test.each<[readonly string[], string, string, string]>([
    [['branch'], 'GET /branches', '', '* main\n'],
    [
      ['branch', 'dev'],
      'POST /branch',
      '{"branchName":"dev","baseBranch":"main","snapshotID":""}\n',
      "Switched to new branch 'dev'\n",
    ],
    [
      ['branch', '--parent-branch', 'main', 'dev'],
      'POST /branch',
      '{"branchName":"dev","baseBranch":"main","snapshotID":""}\n',
      "Switched to new branch 'dev'\n",
    ],
    [
      ['branch', 'dev', '--snapshot-id', FIRST],
      'POST /branch',
      `{"branchName":"dev","baseBranch":"main","snapshotID":"${FIRST}"}\n`,
      "Switched to new branch 'dev'\n",
    ],
    [['switch', 'main'], 'GET /branches', '', "Switched to branch 'main'\n"],
    [
      ['commit', '--clone-id', 'c1', '--message', 'indexed'],
      'POST /branch/snapshot',
      '{"cloneID":"c1","message":"indexed"}\n',
      "Created new snapshot 'dblab_pool/branch/main/c1/r0@20260401000000'\n",
    ],
    [
      ['commit', '--clone-id', 'c1'],
      'POST /branch/snapshot',
      '{"cloneID":"c1","message":""}\n',
      "Created new snapshot 'dblab_pool/branch/main/c1/r0@20260401000000'\n",
    ],
    [
      ['log'],
      'GET /branch/main/log',
      '',
      `snapshot ${FIRST} (HEAD -> main)\nDataStateAt: Wed, 01 Apr 2026 00:00:00 +0000\n\n`,
    ],
  ])('%j', async (argv, line, body, stdout) => {
    const { dblab, recorded, sent } = await withClone();
    expect(await dblab(argv)).toEqual({ exit: 0, stdout, stderr: '' });
    expect(recorded.requests[0]?.headers).not.toHaveProperty('content-type');
    expect(sent()).toEqual([[line, body]]);
  });

  test("protect: the Engine's answer", async () => {
    const { dblab, sent } = await commandEngine({ isConfigured });
    const { stdout } = await dblab(['branch', 'main', '--protected', '30m']);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'main',
      protected: true,
      protectedTill: '2026-04-01T00:30:00Z',
    });
    expect(sent()).toEqual([['PATCH /branch/main', '{"protected":true,"protectionDurationMinutes":30}\n']]);
    await dblab(['branch', 'main', '-p', '0']);
    expect((await dblab(['branch'])).stdout).toBe('* main  [protected]\n');
  });

  test('delete: a branch that is not the current one', async () => {
    const { dblab, sent, config } = await commandEngine({ isConfigured });
    await dblab(['branch', 'dev']);
    await dblab(['switch', 'main']);
    sent();
    expect(await dblab(['branch', '-d', 'dev'])).toEqual({
      exit: 0,
      stdout: "Deleted branch 'dev'\n",
      stderr: '',
    });
    expect(sent()).toEqual([['DELETE /branch/dev', '']]);
    expect(config()).toContain('current_branch: main');
  });

  test('list: the current one is marked, in green on a terminal that has colours', async () => {
    const { dblab } = await commandEngine({ isConfigured });
    await dblab(['branch', 'dev']);
    expect((await dblab(['branch'])).stdout).toBe('* dev\n  main\n');
    expect((await dblab(['branch'], { isTTY: true })).stdout).toBe('* \u001b[1;32mdev\u001b[0m\n  main\n');
  });

  test('list and log as data, when asked', async () => {
    const { dblab } = await commandEngine({ isConfigured });
    const branches = await dblab(['branch', '-o', 'json']);
    expect(JSON.stringify(JSON.parse(branches.stdout))).toBe(
      `[{"name":"main","baseDataset":"dblab_pool","parent":"-","dataStateAt":"20260401000000","snapshotID":"${FIRST}","dataset":"dblab_pool","numSnapshots":1,"protected":false}]`,
    );
    const log = await dblab(['log', '-o', 'json']);
    expect(JSON.parse(log.stdout)).toMatchObject([{ id: FIRST, branch: ['main'], message: '-' }]);
  });

  test('log: newest first, with messages', async () => {
    const { dblab } = await withClone();
    await dblab(['commit', '--clone-id', 'c1', '-m', 'a\u001b[2Jb']);
    expect((await dblab(['log', 'main'])).stdout).toBe(
      'snapshot dblab_pool/branch/main/c1/r0@20260401000000 (HEAD -> main)\n' +
        'DataStateAt: Wed, 01 Apr 2026 00:00:00 +0000\n    a\\u001b[2Jb\n\n' +
        `snapshot ${FIRST} \nDataStateAt: Wed, 01 Apr 2026 00:00:00 +0000\n\n`,
    );
  });
});

describe('the current branch', () => {
  test('is kept in the environment of the file, and nothing else there changes', async () => {
    const { dblab, config, sent } = await commandEngine({ isConfigured });
    const before = config();
    await dblab(['branch', 'dev']);
    expect(config()).toBe(before.replace('current_branch: main', 'current_branch: dev'));
    sent();
    await dblab(['branch', 'next']);
    await dblab(['switch', 'dev']);
    await dblab(['log']);
    expect(sent().map(([line, body]) => line + body)).toEqual([
      'POST /branch{"branchName":"next","baseBranch":"dev","snapshotID":""}\n',
      'GET /branches',
      'GET /branch/dev/log',
    ]);
  });

  test('without an environment: branches can be made, and what to do to switch', async () => {
    const { dblab } = await commandEngine();
    expect(await dblab(['branch', 'dev'])).toEqual({
      exit: 0,
      stdout: "Created branch 'dev'\n",
      stderr: expect.stringMatching(/not the current one.*dblab init/),
    });
    const { exit, stdout, stderr } = await dblab(['switch', 'dev']);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(/There is no current environment.*"dblab init"/);
    expect(await dblab(['branch', '-d', 'dev'])).toMatchObject({ exit: 0 });
  });
});

test('a branch that is made and cannot be switched to: both are said', async () => {
  const { dblab, home, config } = await commandEngine({ isConfigured });
  const before = config();
  const lock = join(home, '.dblab', 'cli', 'cli.yml.lock');
  mkdirSync(lock);
  utimesSync(lock, 0, 0); // left behind, and not to be removed
  const { exit, stdout, stderr } = await dblab(['branch', 'dev']);
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
  expect(stderr).toMatch(
    /^Branch 'dev' is made, but not the current one: ~\/\.dblab\/cli\/cli\.yml cannot be used/,
  );
  expect(config()).toBe(before);
});

describe('what is refused', () => {
  test.each<[readonly string[], RegExp]>([
    [['branch', 'main'], /new and base branches must have different names/],
    [['branch', 'a b'], /must start with a letter, number, or underscore/],
    [['branch', 'dev', '--parent-branch', 'x'], /dataset of the branch: x\. "dblab branch" lists/],
    [['branch', 'dev', '--snapshot-id', 'dblab_pool@x'], /does not exist\. "dblab snapshot list" shows/],
    [['branch', '-d', 'main'], /cannot delete default branch: main/],
    [['branch', '-d', 'x'], /dataset of the branch: x\. "dblab branch" lists/],
    [['branch', '-d', '../clone/c1'], /"\.\.\/clone\/c1" can be no name of a branch/],
    [['branch', '..', '-p'], /"\.\." can be no name of a branch/],
    [['branch', 'x', '-p'], /branch not found: x\. "dblab branch" lists/],
    [['switch', 'x'], /no branch "x": "dblab branch" lists them/],
    [['commit', '--clone-id', 'x'], /clone not found\. "dblab clone list" shows/],
    [['log', 'x'], /dataset of the branch: x\. "dblab branch" lists/],
    [['log', 'a?b'], /"a\?b" can be no name of a branch/],
  ])('%j', async (argv, why) => {
    const { dblab } = await commandEngine({ isConfigured });
    expect(await dblab(argv)).toEqual({ exit: 1, stdout: '', stderr: expect.stringMatching(why) });
  });

  test('the current branch is not deleted', async () => {
    const { dblab, sent } = await commandEngine({ isConfigured });
    await dblab(['branch', 'dev']);
    sent();
    const { exit, stderr } = await dblab(['branch', '-d', 'dev']);
    expect({ exit, sent: sent() }).toEqual({ exit: 1, sent: [] });
    expect(stderr).toMatch(/cannot delete branch "dev" because it is the current one.*dblab switch main/);
  });

  test('a branch that another was forked from, or that clones stand on', async () => {
    const { dblab, engine } = await commandEngine({ isConfigured });
    await dblab(['branch', 'dev']);
    await dblab(['branch', 'next']);
    const forked = await dblab(['branch', '-d', 'dev']);
    expect(forked).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/fork point of branch\(es\) next/),
    });
    engine.create({ id: 'c1', branch: 'next' });
    await engine.settled('c1');
    await dblab(['switch', 'main']);
    const used = await dblab(['branch', '-d', 'next']);
    expect(used).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/dependent clone.*"dblab clone list"/),
    });
  });

  test.each<[readonly string[], RegExp]>([
    [
      ['branch', 'dev', '--parent-branch', 'a', '--snapshot-id', 'b'],
      /either --parent-branch or --snapshot-id/,
    ],
    [['branch', '--protected', 'true'], /Which branch\?/],
    [['branch', 'dev', '-p', 'x'], /invalid --protected value: "x"/],
    [['branch', 'dev', '-d', 'old'], /Two things are asked for/],
    [['commit'], /'--clone-id <ID>' not specified/],
    [['switch'], /missing required argument 'NAME'/],
  ])('%j is a usage error, and nothing is sent', async (argv, why) => {
    const { dblab, sent } = await commandEngine({ isConfigured });
    expect(await dblab(argv)).toEqual({ exit: 2, stdout: '', stderr: expect.stringMatching(why) });
    expect(sent()).toEqual([]);
  });

  test.each([[['branch']], [['branch', 'dev']], [['branch', '-d', 'dev']], [['switch', 'dev']], [['log']]])(
    '%j: a web page is no Engine, and the current branch stays',
    async (argv) => {
      const { dblab, engine, config } = await commandEngine({ isConfigured });
      const before = config();
      engine.faults.answers = 'html';
      const { exit, stdout, stderr } = await dblab(argv);
      expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
      expect(stderr).toMatch(/web page/);
      expect(config()).toBe(before);
    },
  );
});
