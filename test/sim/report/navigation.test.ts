import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { writeReport } from '../../../sim/report/index.ts';
import { need } from '../../support/require.ts';
import { cursorText, launchBrowser, withPage as openPage, type PageOptions, until } from './browser.ts';
import { journal } from './fixture.ts';

describe('finding one’s way in the report', { skip: need('chromium') }, () => {
  let folder: string;
  let file: string;
  let browser: Browser;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'codriver-report-'));
    file = path.join(folder, 'report.html');
    await writeReport({ path: file, entries: journal(), pictures: { async *pictures() {} } });
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const withPage = (look: (page: Page) => Promise<void>, options: PageOptions = {}) =>
    openPage(browser, file, look, options);

  const shown = (page: Page): Promise<(string | null)[]> =>
    page
      .locator('article.moment')
      .evaluateAll((cards) => cards.map((card) => card.getAttribute('data-moment')));

  const topOf = (page: Page, selector: string): Promise<number> =>
    page.locator(selector).evaluate((card) => card.getBoundingClientRect().top);

  it('opens, chooses and scrolls to the moment of a link', async () => {
    await withPage(
      async (page) => {
        assert.match((await cursorText(page))!, /^1:13\.2/);
        assert.equal(await page.locator('article.current').getAttribute('data-moment'), 'u7');
        const top = await topOf(page, 'article[data-moment=u7]');
        assert.ok(top >= 0 && top < 600, `${top}`);
        assert.equal(await page.locator(':focus').getAttribute('data-moment'), 'u7');
      },
      { hash: '#t=73.2&moment=u7' },
    );
  });

  it('opens at a sign and in the language of a link, and passes over what makes no sense', async () => {
    await withPage(
      async (page) => {
        assert.equal(await page.locator('html').getAttribute('lang'), 'ja');
        assert.equal(await page.locator(':focus').getAttribute('data-sign'), 's2');
        assert.match((await cursorText(page))!, /^0:25\.0/);
        assert.equal((await shown(page)).length, 8);
      },
      { hash: '#moment=s2&lang=ja&zoom=nonsense&latency=x-y&unknown=1' },
    );
    await withPage(async (page) => assert.match((await cursorText(page))!, /^0:00\.0/), {
      hash: '#moment=nobody&t=NaN',
    });
  });

  it('goes back and forward through what was chosen', async () => {
    await withPage(async (page) => {
      await page.locator('article[data-moment=u2] .jump').click();
      await page.locator('article[data-moment=u4] .jump').click();
      await page.waitForURL(/moment=u4/);
      await page.goBack();
      await until(async () => (await cursorText(page))!.startsWith('0:19.0'));
      assert.equal(await page.locator('article.current').getAttribute('data-moment'), 'u2');
      await page.goForward();
      await until(async () => (await cursorText(page))!.startsWith('0:47.0'));
    });
  });

  it('narrows by verdict, source, reason and latency, and says how many each would show', async () => {
    await withPage(async (page) => {
      const facet = (name: string) => page.locator(`.facet[data-facet="${name}"]`);
      assert.equal(await facet('outcome EXECUTE').textContent(), 'Execute4');
      await facet('outcome EXECUTE').click();
      assert.deepEqual(await shown(page), ['u1', 'u3', 'u5', 'u7']);
      assert.equal(await facet('source REFLEX').textContent(), 'Reflex2');
      assert.equal(await facet('reason LATE').textContent(), 'LATE0');
      assert.equal(await page.locator(':focus').getAttribute('data-facet'), 'outcome EXECUTE');
      await facet('source THOUGHT').click();
      assert.deepEqual(await shown(page), ['u3', 'u7']);
      await page.getByLabel('Latency, ms from').fill('1500');
      await page.keyboard.press('Enter');
      assert.deepEqual(await shown(page), ['u7']);
      assert.equal(await page.locator('.timeline .mark.verdict').count(), 1);
      assert.match(page.url(), /outcome=EXECUTE&source=THOUGHT&latency=1500-/);
      await page.goBack();
      await until(async () => (await shown(page)).length === 2);
      await page.getByRole('button', { name: 'Show all' }).click();
      assert.equal((await shown(page)).length, 8);
    });
  });

  it('searches in words, codes and plates, whatever their width or case', async () => {
    await withPage(
      async (page) => {
        assert.deepEqual(await shown(page), ['u2']);
        assert.equal(await page.locator('article.sign').count(), 0);
        await page.locator('#search').fill('８-10');
        await until(async () => (await page.locator('article.sign').count()) === 1);
        assert.equal(await page.locator('article.moment').count(), 0);
        assert.match((await page.locator('#moments').textContent())!, /Nothing passes the filter/);
      },
      { hash: '#q=over_limit' },
    );
  });

  it('is worked by keys alone', async () => {
    await withPage(async (page) => {
      const press = async (...keys: string[]) => {
        for (const key of keys) await page.keyboard.press(key);
      };
      const focused = () => page.locator(':focus').getAttribute('data-moment');
      await press('j', 'j');
      assert.equal(await focused(), 'u2');
      await press('k');
      assert.equal(await focused(), 'u1');
      await press('End');
      assert.match((await cursorText(page))!, /^1:40\.0/);
      await press('Home', '/');
      await page.keyboard.type('jxd');
      assert.equal(await page.locator('#search').inputValue(), 'jxd');
      await until(async () => (await shown(page)).length === 0);
      await press('Escape', 'x');
      assert.equal((await shown(page)).length, 8);
      await press('l');
      assert.equal(await page.locator('html').getAttribute('lang'), 'ja');
      await press('d', 'd');
      assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
      await press('?');
      assert.match((await page.locator('dialog.help').textContent())!, /再生/);
      await press('Escape');
      // A dialog tells of its end by an event that comes after the key's.
      await until(async () => (await page.locator('dialog').count()) === 0);
    });
  });

  it('has marks in reach of Tab and arrow keys, each lane once', async () => {
    await withPage(async (page) => {
      const lane = page.getByRole('group', { name: 'Said' });
      assert.equal(await lane.locator('[tabindex="0"]').count(), 1);
      await lane.locator('[tabindex="0"]').focus();
      await page.keyboard.press('ArrowRight');
      assert.match((await page.locator(':focus').getAttribute('aria-label'))!, /Do eighty/);
      await page.keyboard.press('Enter');
      assert.match((await cursorText(page))!, /^0:19\.0/);
    });
  });

  it('zooms by keys, keeps the zoom in the address and follows it', async () => {
    await withPage(
      async (page) => {
        assert.equal(await page.locator('.timeline .mark.said').count(), 2);
        assert.ok(await page.locator('.overview').isVisible());
        await page.keyboard.press('0');
        await until(async () => (await page.locator('.timeline .mark.said').count()) === 8);
        assert.ok(!(await page.locator('.overview').isVisible()));
        await page.keyboard.press('+');
        await page.waitForURL(/zoom=/);
      },
      { hash: '#t=25&zoom=15-35' },
    );
  });

  it('changes its colours against the system’s', async () => {
    await withPage(
      async (page) => {
        const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
        const light = await ground();
        await page.getByLabel('Colours').selectOption('dark');
        assert.notEqual(await ground(), light);
        await page.getByLabel('Colours').selectOption('auto');
        assert.equal(await ground(), light);
      },
      { colorScheme: 'light' },
    );
  });

  it('copies a link to what is shown', async () => {
    await withPage(
      async (page) => {
        await page.locator('article[data-moment=u3] .jump').click();
        await page.keyboard.press('c');
        await until(async () => (await page.locator('#toast.said').count()) === 1);
        assert.match(await page.evaluate('navigator.clipboard.readText()'), /#t=31\.0&moment=u3$/);
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    );
  });
});
