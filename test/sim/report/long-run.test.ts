import assert from 'node:assert/strict';
import { mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { longDrive, longDrivePictures } from '../../../bench/logs/long-drive.ts';
import { writeReport } from '../../../sim/report/index.ts';
import { need } from '../../support/require.ts';
import { cursorText, launchBrowser, withPage as openPage, type PageOptions, until } from './browser.ts';

const DRIVE = { seconds: 400, moments: 120, signs: 70 };
const PICTURE = /\/long%20run\.files\/\d+\.jpg$/;

describe('the report of a long run in a browser', { skip: need('chromium') }, () => {
  let folder: string;
  let file: string;
  let browser: Browser;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'codriver-report-'));
    file = path.join(folder, 'long run.html');
    await writeReport({
      path: file,
      entries: longDrive(DRIVE),
      pictures: longDrivePictures(DRIVE.seconds),
      inlineLimitBytes: 100_000,
    });
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const withPage = (
    look: (page: Page, requests: readonly string[]) => Promise<void>,
    options: PageOptions = {},
  ) => openPage(browser, file, look, { mayAsk: PICTURE, ...options });

  const count = (page: Page, selector: string): Promise<number> => page.locator(selector).count();

  it('has its pictures beside it and asks for those alone that are looked at', async () => {
    assert.equal((await readdir(path.join(folder, 'long run.files'))).length, DRIVE.seconds);
    assert.ok((await stat(file)).size < 3_000_000);
    await withPage(async (page, requests) => {
      const asked = () => new Set(requests.filter((url) => PICTURE.test(url))).size;
      await until(async () => asked() > 0);
      assert.ok(asked() < 40, `${asked()} pictures`);
      await page.locator('#position').fill('300');
      await until(async () => requests.some((url) => url.endsWith('/300.jpg')));
      await until(() =>
        page.locator('.screen image').evaluate((image) => image.getBoundingClientRect().height > 100),
      );
      assert.equal(await count(page, '.screen .no-picture'), 0);
    });
  });

  it('says so where a picture is missing', async () => {
    const beside = path.join(folder, 'long run.files');
    await rename(beside, `${beside}.away`);
    try {
      await openPage(
        browser,
        file,
        async (page) => until(async () => (await count(page, '.screen .no-picture')) === 1),
        { mayAsk: PICTURE, mayComplain: /ERR_FILE_NOT_FOUND/ },
      );
    } finally {
      await rename(`${beside}.away`, beside);
    }
  });

  it('holds no more of it in the document than is seen, wherever one scrolls', async () => {
    await withPage(async (page) => {
      for (const share of [0, 0.2, 0.5, 0.8, 1]) {
        await page.evaluate(`window.scrollTo(0, document.documentElement.scrollHeight * ${share})`);
        await page.waitForTimeout(120);
        const cards = (await count(page, 'article.moment')) + (await count(page, 'article.sign'));
        assert.ok(cards < 40, `${cards} cards at ${share}`);
        assert.ok((await count(page, '*')) < 6000);
      }
      assert.ok((await count(page, '.timeline [role=button]')) < 400);
    });
  });

  it('finds any card, below the top of the window, and keeps it there', async () => {
    await withPage(
      async (page) => {
        const card = page.locator('article[data-moment=u88]');
        const top = () => card.evaluate((element) => element.getBoundingClientRect().top);
        await until(async () => Math.abs((await top()) - 12) < 3);
        await page.waitForTimeout(300);
        assert.ok(Math.abs((await top()) - 12) < 3, `${await top()}`);
        assert.equal(await card.getAttribute('aria-posinset'), '89');
        assert.equal(await card.getAttribute('aria-setsize'), '120');
        await page.keyboard.press('j');
        assert.equal(await page.locator(':focus').getAttribute('data-moment'), 'u89');
      },
      { hash: '#moment=u88' },
    );
  });

  it('leaves no hole between cards and no card on another', async () => {
    await withPage(async (page) => {
      await page.locator('#moments-title').scrollIntoViewIfNeeded();
      for (let i = 0; i < 12; i++) {
        await page.mouse.wheel(0, 900);
        await page.waitForTimeout(40);
      }
      await page.waitForTimeout(100);
      const gaps = await page.locator('article.moment').evaluateAll((cards) => {
        const boxes = cards.map((card) => card.getBoundingClientRect());
        return boxes.slice(1).map((box, i) => box.top - boxes[i]!.bottom);
      });
      assert.ok(gaps.length > 2);
      assert.ok(
        gaps.every((gap) => Math.abs(gap - 14) < 1),
        gaps.join(),
      );
    });
  });

  it('takes a group of marks apart when it is clicked', async () => {
    await withPage(async (page) => {
      const groups = page.getByRole('group', { name: 'Said' }).locator('.several');
      const before = Number(await groups.nth(3).locator('.glyph').textContent());
      assert.match((await groups.nth(3).getAttribute('aria-label'))!, /together/);
      await groups.nth(3).click();
      await page.waitForURL(/zoom=/);
      const marks = page.getByRole('group', { name: 'Said' }).locator('.mark');
      assert.ok((await marks.count()) >= before);
    });
  });

  it('goes to the time of a place on the map', async () => {
    await withPage(async (page) => {
      assert.match((await page.locator('.map .hint').textContent())!, /GNSS/);
      const box = (await page.locator('.map-over').boundingBox())!;
      await page.locator('.map-over').click({ position: { x: box.width - 30, y: box.height / 2 } });
      const there = await cursorText(page);
      assert.doesNotMatch(there!, /^0:00\.0/);
      const drawn = await page.evaluate<number>(`(() => {
        const canvas = document.querySelector('.map-host canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, i) => i % 4 === 3 && value > 0).length;
      })()`);
      assert.ok(drawn > 500, `${drawn} pixels`);
    });
  });

  it('prints every card', async () => {
    await withPage(async (page) => {
      await page.evaluate('dispatchEvent(new Event("beforeprint"))');
      assert.equal(await count(page, 'article.moment'), DRIVE.moments);
      assert.equal(await count(page, 'article.sign'), DRIVE.signs);
      await page.emulateMedia({ media: 'print' });
      assert.ok(!(await page.locator('.filters').isVisible()));
      await page.evaluate('dispatchEvent(new Event("afterprint"))');
      assert.ok((await count(page, 'article.moment')) < 40);
    });
  });
});
