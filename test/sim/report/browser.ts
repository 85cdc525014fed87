import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { chromiumPath } from '../../../src/cli/chromium.ts';

const BROWSER_ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts chromium. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath()!, args: BROWSER_ARGS });
}

/** How a page is opened. */
export interface PageOptions extends BrowserContextOptions {
  /** What follows the address, with its `#`. */
  readonly hash?: string;
  /** Addresses that may be asked for beside the page itself. */
  readonly mayAsk?: RegExp;
  /** Complaints of the browser that are meant to come. */
  readonly mayComplain?: RegExp;
}

/** Opens a page, hands it to `look`, and requires that it asked for nothing else and complained of nothing. */
export async function withPage(
  browser: Browser,
  file: string,
  look: (page: Page, requests: readonly string[]) => Promise<void>,
  { hash = '', mayAsk, mayComplain, ...contextOptions }: PageOptions = {},
): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...contextOptions });
  try {
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) requests.push(request.url().split('#')[0]!);
    });
    const url = pathToFileURL(file).href;
    await page.goto(url + hash);
    await look(page, requests);
    assert.deepEqual(
      complaints.filter((complaint) => !mayComplain?.test(complaint)),
      [],
    );
    assert.deepEqual(
      requests.filter((asked) => !mayAsk?.test(asked)),
      [url],
    );
  } finally {
    await context.close();
  }
}

/** Waits for a condition; playwright's own wait evaluates strings, which the page's policy forbids. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('waited for 5 s');
}

/** The time that the player shows. */
export const cursorText = (page: Page): Promise<string | null> =>
  page.locator('.controls .time').textContent();
