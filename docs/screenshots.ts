/** Makes the pictures of the README anew, from a sandbox in a browser: `npm run screenshots`. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { systemClock } from '../src/lib/clock.ts';
import { openSandbox } from '../src/sandbox/sandbox.ts';
import { findBrowser, openBrowser } from '../test/program/browser.ts';

const IMAGES = join(import.meta.dirname, 'images');
const DIST = join(import.meta.dirname, '../dist');
const CLONES = ['billing-report', 'migration-test', 'anna-index-tuning'];

const executable = findBrowser();
if (executable === undefined) throw new Error('Pictures take a browser: install chromium.');
mkdirSync(IMAGES, { recursive: true });
const browser = await openBrowser(executable);
await shootPage(browser);
await shootTerminal(browser);
await browser.close();

async function shootPage(of: Browser): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'dblab-pictures-'));
  const sandbox = await openSandbox({
    ...{ program: [process.execPath, join(DIST, 'main.js')], tctlPath: join(DIST, 'tctl.js') },
    ...{ env: { PATH: process.env['PATH'] ?? '', TMPDIR: directory }, teleportBin: undefined },
    ...{ portFrom: 6000, room: 100, postgres: false, keep: false, clock: systemClock },
    onStep() {},
    onSidecarLog() {},
  });
  for (const id of CLONES) sandbox.engine.create({ id, username: 'anna' });
  const page = await of.newPage({ viewport: { width: 1200, height: 760 } });
  await page.goto(sandbox.sidecar.statusUrl);
  await page.getByText('In step: 3 of 3 clones registered.').waitFor();
  await page.getByRole('cell', { name: 'localhost' }).nth(2).waitFor();
  await page.screenshot({ path: join(IMAGES, 'page.png') });
  await sandbox.close();
  await rm(directory, { recursive: true, force: true });
}

/** What `dblab sandbox --demo` says, in the colours that it says it in. */
async function shootTerminal(of: Browser): Promise<void> {
  const said = execFileSync(process.execPath, [join(DIST, 'main.js'), 'sandbox', '--demo'], {
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '1' },
  });
  const page = await of.newPage({ viewport: { width: 980, height: 400 } });
  await page.setContent(`<style>body{margin:0;background:#0d1117;color:#e6edf3}pre{margin:0;padding:1rem;font:14px/1.5
    'DejaVu Sans Mono',monospace}.g{color:#56d364}.d{opacity:.6}</style><pre></pre>`);
  const lines = [`$ npm run sandbox`, ...said.trimEnd().split('\n')];
  await page.locator('pre').evaluate((pre, texts) => {
    pre.innerHTML = texts.join('\n');
  }, lines.map(painted));
  await page.locator('pre').screenshot({ path: join(IMAGES, 'terminal.png') });
}

function painted(line: string): string {
  const safe = line.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  return safe
    .replaceAll('\u001b[32m', '<span class="g">')
    .replaceAll('\u001b[2m', '<span class="d">')
    .replaceAll('\u001b[39m', '</span>')
    .replaceAll('\u001b[22m', '</span>');
}
