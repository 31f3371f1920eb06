import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { ownFolder, dblab as runHere } from '../../testing/command-line.ts';

let home: string;
beforeEach(() => {
  home = ownFolder();
});

const dblab = (...argv: string[]) => runHere(argv, { home });
const path = () => join(home, '.dblab/cli/cli.yml');
const kept = () => readFileSync(path(), 'utf8');
const keep = (text: string) => {
  mkdirSync(join(home, '.dblab/cli'), { recursive: true });
  writeFileSync(path(), text);
};
const init = (id: string, ...more: string[]) =>
  dblab('init', '--environment-id', id, '--url', `http://${id}:2345`, ...more);

describe('init', () => {
  test('writes what the original writes', async () => {
    expect(await init('demo', '--token', 'hidden', '--request-timeout', '60s')).toEqual({
      exit: 0,
      stdout: 'Database Lab CLI is successfully initialized. Environment "demo" is created.\n',
      stderr: '',
    });
    expect(kept()).toBe(`current_environment: demo
environments:
  demo:
    url: http://demo:2345
    token: hidden
    insecure: false
    request_timeout: 1m0s
    forwarding:
      server_url: ""
      local_port: ""
      identity_file: ""
    branching:
      current_branch: main
`);
  });

  test('takes flags before the command, where scripts for the original have some', async () => {
    await dblab('--url', 'http://x', '--token', 't', '-k', 'init', '--environment-id', 'demo');
    expect(kept()).toMatch(/url: http:\/\/x\n {4}token: t\n {4}insecure: true/);
  });

  test('twice: what to do instead', async () => {
    await init('demo');
    const { exit, stderr } = await init('demo');
    expect(exit).toBe(1);
    expect(stderr).toMatch(/Environment "demo" is already initialized.*dblab config update/);
  });

  test('a broken file is not overwritten', async () => {
    keep('a: "hidden');
    const { exit, stderr } = await init('demo');
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^~\/\.dblab\/cli\/cli\.yml is broken: line 1 .*Nothing was changed/);
    expect(stderr).not.toContain('hidden');
    expect(kept()).toBe('a: "hidden');
  });

  test.each<[string[], RegExp]>([
    [['init', '--url', 'http://x'], /'--environment-id <NAME>' not specified/],
    [['init', '--environment-id', 'a'], /Which Engine\?.*--url/],
    [['init', '--environment-id', 'a', '--url', 'x'], /--url: it must be a URL/],
    [['init', '--environment-id', '', '--url', 'http://x'], /1 to 100 characters/],
    [['init', '--environment-id', 'a', '--url', 'http://x', '--request-timeout', 'x'], /--request-timeout: /],
    [['config', 'create', 'a', '--url', 'http://x', '--forwarding-local-port', 'x'], /from 1 to 65535/],
    [['config', 'set-global', '--tz', 'Nowhere'], /no time zone/],
    [['config', 'set-global'], /Set options to update/],
    [['config', 'switch'], /missing required argument 'ENVIRONMENT_ID'/],
  ])('%j is a usage error, and nothing is written', async (argv, text) => {
    expect(await dblab(...argv)).toEqual({ exit: 2, stdout: '', stderr: expect.stringMatching(text) });
    expect(kept).toThrow(/ENOENT/);
  });
});

describe('config', () => {
  beforeEach(async () => {
    await dblab('config', 'create', 'prod', '--url', 'https://prod.example.com/api', '--token', 'hidden');
    await init('staging', '--forwarding-server-url', 'ssh://bastion', '--forwarding-local-port', '2346');
  });

  test('create says so', async () => {
    expect(await dblab('config', 'create', 'dev', '--url', 'http://dev')).toEqual({
      exit: 0,
      stdout: 'The "dev" environment is successfully created.\n',
      stderr: '',
    });
  });

  test('list is that of the original, with the current one marked', async () => {
    expect((await dblab('config', 'list')).stdout.split('\n')).toEqual([
      'Available CLI environments:',
      'ENV          URL                           Forwarding server URL  Forwarding local port',
      '[ ] prod     https://prod.example.com/api',
      '[*] staging  http://staging:2345           ssh://bastion          2346',
      '',
    ]);
  });

  test.each([
    ['json', /"environment_id": "prod",\n {8}"url"[\s\S]*"token": "\*\*\*"[\s\S]*"current": true/],
    ['yaml', /^- environment_id: prod\n {2}url: https[\s\S]*current: true/],
  ])('list --output %s', async (format, text) => {
    const { stdout } = await dblab('config', 'list', '--output', format);
    expect(stdout).toMatch(text);
    expect(stdout).not.toContain('hidden');
  });

  test('view is that of the original, but for the token', async () => {
    const { stdout } = await dblab('config', 'view', 'prod');
    expect(stdout).toBe(`{
    "environment_id": "prod",
    "url": "https://prod.example.com/api",
    "token": "***",
    "insecure": false,
    "forwarding": {
        "server_url": "",
        "local_port": "",
        "identity_file": ""
    },
    "branching": {
        "current_branch": "main"
    }
}
`);
    expect((await dblab('config', 'view', 'prod', '--show-token')).stdout).toContain('"token": "hidden"');
    expect((await dblab('config', 'view')).stdout).toContain('"environment_id": "staging"');
  });

  test('the name of a variable is no secret, and is never replaced by its value', async () => {
    await dblab('config', 'update', 'prod', '--token', '$PROD_TOKEN');
    const { stdout } = await runHere(['config', 'view', 'prod'], { home, env: { PROD_TOKEN: 'hidden' } });
    expect(stdout).toContain('"token": "$PROD_TOKEN"');
    expect(kept()).not.toContain('hidden');
  });

  test('update changes what is named, and makes it the current one', async () => {
    const { exit, stdout, stderr } = await dblab(
      'config',
      'update',
      'prod',
      '-k',
      '--request-timeout',
      '90s',
    );
    expect({ exit, stdout }).toEqual({
      exit: 0,
      stdout: 'The "prod" environment is successfully updated.\n',
    });
    expect(stderr).toBe('It is the current environment now.\n');
    expect(kept()).toMatch(/current_environment: prod[\s\S]*prod:[\s\S]*token: hidden\n {4}insecure: true/);
    await dblab('config', 'update', 'prod', '--no-insecure', '--request-timeout', '0');
    expect(kept()).toMatch(/insecure: false/);
    expect(kept()).not.toMatch(/request_timeout|insecure: true/);
  });

  test('update that changes nothing', async () => {
    expect(await dblab('config', 'update', 'prod')).toMatchObject({ exit: 2, stderr: /unchanged/ });
    const same = await dblab('config', 'update', 'prod', '--token', 'hidden');
    expect(same).toMatchObject({ exit: 1, stderr: expect.stringMatching(/^Config unchanged/) });
  });

  test('switch', async () => {
    const { stdout } = await dblab('config', 'switch', 'prod');
    expect(stdout).toBe('The CLI environment is successfully switched to "prod".\n');
    expect(kept()).toMatch(/^current_environment: prod$/m);
  });

  test('remove says which one is current then', async () => {
    expect((await dblab('config', 'remove', 'staging')).stdout).toBe(
      'Environment "staging" is successfully removed.\nThe current environment is "prod".\n',
    );
    expect((await dblab('config', 'remove', 'prod')).stdout).toMatch(/There is no current environment\.\n$/);
    expect((await dblab('config', 'list')).stdout).toMatch(/There are no environments/);
  });

  test.each([
    ['view', 'stagin', /Did you mean "staging"\?/],
    ['switch', 'prdo', /Did you mean "prod"\?/],
    ['remove', 'quite-another', /There are: "prod", "staging"\./],
  ])('%s of an unknown one: what may be meant', async (verb, id, text) => {
    const before = kept();
    expect(await dblab('config', verb, id)).toEqual({
      exit: 1,
      stdout: '',
      stderr: expect.stringMatching(text),
    });
    expect(kept()).toBe(before);
  });

  test('global settings', async () => {
    expect((await dblab('config', 'show-global')).stdout).toBe('{\n    "tz": ""\n}\n');
    expect((await dblab('config', 'set-global', '--tz', 'Europe/Berlin')).stdout).toBe(
      'CLI settings has been successfully updated.\n',
    );
    expect((await dblab('config', 'show-global')).stdout).toBe('{\n    "tz": "Europe/Berlin"\n}\n');
  });

  test.each(['list', 'view', 'show-global'])('%s of a broken file fails', async (verb) => {
    keep('environments: [');
    const { exit, stdout, stderr } = await dblab('config', verb);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(/is broken: line 1 .* Correct it, or move it away\.\n$/);
  });
});
