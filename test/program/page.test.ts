import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser, openBrowser } from './browser.ts';
import {
  createAll,
  destroyAll,
  eventually,
  onTestEnd,
  openWorld,
  QUICK,
  type Sidecar,
  type World,
} from './world.ts';

/*
 * The page of a real sidecar in a real browser. Screenshots are left in test-output for whoever wants to look.
 */

const BROWSER = findBrowser();
const OUTPUT = join(import.meta.dirname, '../../test-output');
let browser: Browser;

beforeAll(async () => {
  if (BROWSER === undefined) return;
  mkdirSync(OUTPUT, { recursive: true });
  browser = await openBrowser(BROWSER);
});
afterAll(() => browser?.close());

interface Visit {
  readonly world: World;
  readonly sidecar: Sidecar;
  readonly page: Page;
  /** What the browser complained of, and where it went beside the sidecar. */
  readonly complaints: string[];
}

async function visit(
  options: Parameters<Browser['newContext']>[0] = {},
  clones: readonly string[] = ['a', 'b'],
): Promise<Visit> {
  const world = await openWorld({ transport: 'api', teleport: { cacheLag: QUICK, agentDelayMs: 1 } });
  const sidecar = await world.serve();
  await createAll(world.engine, ...clones);
  await world.atRest(sidecar);
  const context = await browser.newContext(options);
  onTestEnd(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(String(sidecar.statusUrl)) && !request.url().startsWith('data:'))
      complaints.push(request.url());
  });
  await page.goto(`${sidecar.statusUrl}/`);
  return { world, sidecar, page, complaints };
}

const rows = (page: Page) => page.getByRole('table').locator('tbody tr');

describe.skipIf(BROWSER === undefined)('the page in a browser', () => {
  it('shows what there is, lives, and needs nothing from elsewhere', async () => {
    const { world, page, complaints } = await visit();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Clones of prod in Teleport');
    await eventually(async () =>
      expect(await page.locator('.verdict').textContent()).toBe('In step: 2 of 2 clones registered.'),
    );
    await eventually(async () => expect(await page.getByRole('status').textContent()).toBe('Live'));
    await createAll(world.engine, 'born');
    await eventually(async () =>
      expect(await rows(page).allTextContents()).toEqual(
        expect.arrayContaining([expect.stringContaining('born')]),
      ),
    );
    await eventually(async () =>
      expect(await rows(page).filter({ hasText: 'born' }).textContent()).toMatch(/registered.*localhost/s),
    );
    await destroyAll(world.engine, 'a');
    await eventually(async () => expect(await rows(page).count()).toBe(2));
    expect(await page.getByRole('heading', { name: 'Recent changes' }).isVisible()).toBe(true);
    await page.screenshot({ path: join(OUTPUT, 'page.png'), fullPage: true });
    expect(complaints).toEqual([]);
  });

  it('is the same without JavaScript, search and filter included', async () => {
    const { page } = await visit({ javaScriptEnabled: false }, ['apple', 'apricot', 'plum']);
    expect(await rows(page).count()).toBe(3);
    await page.getByRole('searchbox', { name: 'Search' }).fill('ap');
    await page.getByRole('button', { name: 'Show' }).click();
    expect(await rows(page).count()).toBe(2);
    await page.getByRole('combobox', { name: 'State' }).selectOption('not-offered');
    await page.getByRole('button', { name: 'Show' }).click();
    expect(await page.getByText('No clone fits.').isVisible()).toBe(true);
    expect(await page.getByRole('searchbox', { name: 'Search' }).inputValue()).toBe('ap');
  });

  it('is used by keyboard alone, and keeps what is typed while it lives', async () => {
    const { world, page } = await visit();
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the clones');
    await page.keyboard.press('Tab');
    await page.keyboard.type('half a wor');
    await createAll(world.engine, 'born');
    await eventually(async () => expect(await page.locator('.verdict').textContent()).toContain('3 of 3'));
    expect(await page.locator(':focus').inputValue()).toBe('half a wor');
  });

  it('copies the command that a colleague types', async () => {
    const { page } = await visit({ permissions: ['clipboard-read', 'clipboard-write'] });
    await rows(page).first().getByRole('button', { name: 'Copy' }).click();
    const copied = await page.evaluate('navigator.clipboard.readText()');
    expect(copied).toMatch(/^tsh db connect dblab-clone-prod-a-\d+ --db-user dblab_user --db-name postgres$/);
  });

  it('says that it is not live once the sidecar is gone', async () => {
    const { sidecar, page } = await visit();
    await eventually(async () => expect(await page.getByRole('status').textContent()).toBe('Live'));
    await sidecar.stop();
    await eventually(async () => expect(await page.getByRole('status').textContent()).toContain('Not live'));
  });

  it.each(['light', 'dark'] as const)(
    'can be read in %s: text stands out from its ground',
    async (colorScheme) => {
      const { page } = await visit({ colorScheme });
      const [ink, ground] = await page.evaluate<[string, string]>(
        'const style = getComputedStyle(document.body); [style.color, style.backgroundColor]',
      );
      expect(contrast(ink, ground)).toBeGreaterThan(7);
      await page.screenshot({ path: join(OUTPUT, `page-${colorScheme}.png`), fullPage: true });
    },
  );

  it('shows a thousand clones page by page, and lives', async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => `clone-${index}`);
    const world = await openWorld({
      transport: 'api',
      teleport: { cacheLag: QUICK, agentDelayMs: 1 },
      engine: { ports: { from: 6000, to: 7999 } },
    });
    for (const id of ids) world.engine.create({ id });
    const sidecar = await world.serve();
    const page = await browser.newPage();
    onTestEnd(() => page.close());
    await page.goto(`${sidecar.statusUrl}/?q=clone-9`);
    await eventually(
      async () => expect(await page.locator('caption').textContent()).toBe('111 clones, page 1 of 2'),
      60_000,
    );
    await page.getByRole('link', { name: 'Next' }).click();
    expect(await rows(page).count()).toBe(11);
    await createAll(world.engine, 'clone-9x');
    await eventually(async () =>
      expect(await page.locator('caption').textContent()).toBe('112 clones, page 2 of 2'),
    );
    await page.screenshot({ path: join(OUTPUT, 'page-1000.png') });
  });
});

/** WCAG 2: the ratio of two colours' relative luminances. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
