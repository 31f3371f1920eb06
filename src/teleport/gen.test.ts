import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAMS = join(ROOT, 'node_modules', '.bin');
const COMMITTED = 'src/teleport/gen';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dblab-generated-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('the generated code is what `npm run generate` makes of the .proto files', async () => {
  await promisify(execFile)(join(PROGRAMS, 'buf'), ['generate', '--output', folder], {
    cwd: ROOT,
    env: { PATH: [PROGRAMS, process.env['PATH']].join(delimiter), BUF_CACHE_DIR: join(folder, 'cache') },
  });
  const made = await readAll(join(folder, COMMITTED));
  expect(Object.keys(made)).not.toEqual([]);
  expect(await readAll(join(ROOT, COMMITTED))).toEqual(made);
}, 30_000);

async function readAll(path: string): Promise<Record<string, string>> {
  const names = await readdir(path);
  const texts = names.sort().map(async (name) => [name, await readFile(join(path, name), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(texts));
}
