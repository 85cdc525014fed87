import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { writeReport } from '../../../sim/report/index.ts';
import { need } from '../../support/require.ts';
import { cursorText, launchBrowser, withPage as openPage, type PageOptions, until } from './browser.ts';
import { HOSTILE } from './dialogue.ts';
import { journal } from './fixture.ts';
import { pictures } from './street-pictures.ts';

const TIERS = [
  {
    tier: 'cpu',
    segments: 'blk.0–11, head',
    weightBytes: 210e6,
    ringBytes: 250e6,
    budget: { bytes: 800e6, usedBytes: 600e6 },
  },
  {
    tier: 'nvme',
    segments: 'blk.12–29',
    weightBytes: 1.5e9,
    read: { intervalMs: 20_000, bytes: 45e9, bytesPerS: 2.25e9, readMs: 19_000, waitedMs: 3500 },
  },
];

describe('the report in a browser', { skip: need('chromium') }, () => {
  let folder: string;
  let file: string;
  let browser: Browser;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'codriver-report-'));
    file = path.join(folder, 'report.html');
    const reflexMs = Array.from({ length: 200 }, (_, i) => 0.5 + i / 100);
    await writeReport({
      path: file,
      entries: journal(),
      pictures: pictures(),
      timings: { reflexMs },
      tiers: TIERS,
    });
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const withPage = (look: (page: Page) => Promise<void>, options: PageOptions = {}) =>
    openPage(browser, file, look, options);

  const shownPicture = (page: Page) => page.locator('.screen image').getAttribute('href');

  it('opens within 2 s, below 8 MB, with every moment and sign', async () => {
    assert.ok((await stat(file)).size < 8_000_000);
    await withPage(async (page) => {
      const openMs = await page.evaluate('performance.getEntriesByType("navigation")[0].domComplete');
      assert.ok(Number(openMs) < 2000, `${openMs} ms`);
      assert.equal(await page.locator('article.moment').count(), 8);
      assert.equal(await page.locator('article.sign').count(), 3);
      assert.equal(await page.locator('.timeline .mark.verdict').count(), 8);
      assert.equal(await page.locator('.timeline .bar.intent').count(), 4);
      assert.match(await page.title(), /さくら通り/);
    });
  });

  it('changes the picture with the slider, the buttons and the arrow keys', async () => {
    await withPage(async (page) => {
      const first = await shownPicture(page);
      await page.locator('#position').fill('40');
      const fortieth = await shownPicture(page);
      assert.notEqual(fortieth, first);
      await page.locator('button.next').click();
      assert.match((await cursorText(page))!, /^0:41\.0/);
      assert.notEqual(await shownPicture(page), fortieth);
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('ArrowLeft');
      assert.match((await cursorText(page))!, /^0:39\.0/);
      await page.locator('button.previous').click();
      assert.match((await cursorText(page))!, /^0:38\.0/);
    });
  });

  it('moves the cursor to a moment from its card and from the timeline', async () => {
    await withPage(async (page) => {
      await page.locator('article.moment', { hasText: 'Pull over behind that one' }).locator('.jump').click();
      assert.match((await cursorText(page))!, /^0:47\.0/);
      assert.match((await page.locator('.now .said').textContent())!, /Pull over/);
      assert.equal(await page.locator('article.moment.current').count(), 1);
      await page.locator('.timeline .mark.said').nth(1).click();
      assert.match((await cursorText(page))!, /^0:19\.0/);
      await page.waitForURL(/#t=19\.0&moment=u2$/);
    });
  });

  it('opens at the time of the address and follows it', async () => {
    await withPage(
      async (page) => {
        assert.match((await cursorText(page))!, /^0:12\.3/);
        await page.evaluate('location.hash = "#t=50"');
        await until(async () => (await cursorText(page))!.startsWith('0:50'));
        await page.evaluate('location.hash = "#t=1e9"');
        await page.waitForTimeout(50);
        assert.match((await cursorText(page))!, /^0:50/);
      },
      { hash: '#t=12.3' },
    );
  });

  it('plays and pauses with the space bar', async () => {
    await withPage(async (page) => {
      await page.keyboard.press('Space');
      await until(async () => Number(await page.locator('#position').inputValue()) > 0.2);
      await page.keyboard.press('Space');
      const paused = await cursorText(page);
      await page.waitForTimeout(150);
      assert.equal(await cursorText(page), paused);
    });
  });

  it('shows hostile words as words', async () => {
    await withPage(async (page) => {
      await page.waitForTimeout(50);
      assert.equal(await page.evaluate('window.hacked'), undefined);
      assert.equal(await page.locator('img').count(), 0);
      assert.equal(await page.locator('article.moment .title').last().textContent(), HOSTILE);
      assert.equal(await page.locator('article.sign q.plate').last().textContent(), HOSTILE);
    });
  });

  it('explains a verdict: reason, proposal, intent, what the planner did', async () => {
    await withPage(async (page) => {
      const turn = page.locator('article.moment[data-moment=u3]');
      const shown = (await turn.textContent())!;
      for (const part of [
        'TURN LEFT',
        'accepted',
        'executing',
        'done',
        'The light ahead is red',
        'RED_LIGHT_AHEAD ← s2',
        '412 tokens',
      ]) {
        assert.ok(shown.includes(part), part);
      }
      const prompt = turn.locator('details').last();
      assert.equal(await prompt.getAttribute('open'), null);
      await prompt.locator('summary').click();
      assert.ok(await turn.getByText('You are the co-driver').isVisible());
      const plate = page.locator('article.sign').nth(1);
      assert.match((await plate.textContent())!, /8-10/);
      assert.match((await plate.textContent())!, /Does not apply/);
    });
  });

  it('speaks Japanese when asked', async () => {
    await withPage(async (page) => {
      await page.locator('#position').fill('20');
      await page.getByRole('button', { name: '日本語' }).click();
      assert.equal(await page.locator('html').getAttribute('lang'), 'ja');
      assert.equal(await page.locator('#moments h2').textContent(), '発話と判断');
      assert.match((await page.locator('article.sign').first().textContent())!, /最高速度/);
      assert.match(
        (await page.locator('article[data-moment=u2]').textContent())!,
        /ここの制限速度は40 km\/hです。/,
      );
      assert.match((await cursorText(page))!, /^0:20\.0/);
    });
  });

  it('shows where the model lives, how full memory is and what was read, in both languages', async () => {
    await withPage(async (page) => {
      const rows = async () =>
        (await page.locator('.tiers tr').allInnerTexts()).map((row) => row.split('\t'));
      assert.deepEqual(await rows(), [
        ['Tier', 'cpu', 'nvme'],
        ['Segments', 'blk.0–11, head', 'blk.12–29'],
        ['Weights', '210 MB', '1.5 GB'],
        ['Ring', '250 MB', '–'],
        ['Memory in use', '600 MB / 800 MB (75 %)', '–'],
        ['Read in the run', '–', '45 GB / 20.00 s'],
        ['Read a second', '–', '2.25 GB/s'],
        ['Passes waited', '–', '3.50 s'],
      ]);
      await page.getByRole('button', { name: '日本語' }).click();
      assert.equal(await page.locator('#tiers h2').textContent(), 'モデルの配置');
      assert.deepEqual((await rows())[7], ['読込待ち', '–', '3.50 s']);
      await page.locator('nav.sections button', { hasText: 'モデルの配置' }).click();
      assert.equal(await page.evaluate('document.activeElement.id'), 'tiers-title');
    });
  });

  it('says of a model in memory only that, and nothing where nothing is known', async () => {
    for (const [tiers, shown] of [
      [[{ tier: 'cpu', segments: 'all' }], ['Tier\tcpu', 'Segments\tall, as one session']],
      [[], []],
    ] as const) {
      const other = path.join(folder, 'other.html');
      await writeReport({ path: other, entries: journal(), pictures: pictures(), tiers });
      await openPage(browser, other, async (page) => {
        assert.deepEqual(await page.locator('.tiers tr').allInnerTexts(), shown);
        assert.equal(await page.locator('#tiers').count(), tiers.length);
      });
    }
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has the contrast of WCAG AA in ${colorScheme}`, async () => {
      await withPage(
        async (page) => {
          const colours = await page.evaluate<Record<string, string>>(`(() => {
            const names = ['page', 'surface', 'on-mark', 'ink', 'soft', 'accent', 'good', 'info', 'ask', 'bad', 'tell', 'drop'];
            const probe = document.body.appendChild(document.createElement('i'));
            return Object.fromEntries(names.map((name) => {
              probe.style.color = 'var(--' + name + ')';
              return [name, getComputedStyle(probe).color];
            }));
          })()`);
          const { page: ground, surface, 'on-mark': onMark, ...inks } = colours;
          for (const [name, ink] of Object.entries(inks)) {
            for (const under of [ground!, surface!]) {
              assert.ok(contrast(ink, under) >= 4.5, `${name} ${ink} on ${under}`);
            }
            // Glyphs stand on marks of these colours.
            if (name !== 'ink') assert.ok(contrast(onMark!, ink) >= 4.5, `glyph on ${name}`);
          }
          for (const [words, ink, under] of await page.evaluate<[string, string, string][]>(TEXT_COLOURS)) {
            assert.ok(contrast(ink, under) >= 4.5, `"${words}" ${ink} on ${under}`);
          }
          assert.equal(luminance(ground!) < 0.1, colorScheme === 'dark');
          const painted = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
          assert.equal(painted, ground);
        },
        { colorScheme },
      );
    });
  }

  for (const width of [390, 1280]) {
    it(`fits ${width} px`, async () => {
      await withPage(
        async (page) => {
          for (const language of ['English', '日本語']) {
            await page.getByRole('button', { name: language }).click();
            const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
            assert.ok(Number(overflow) <= 0, `${language}: ${overflow} px too wide`);
          }
        },
        { viewport: { width, height: 844 } },
      );
    });
  }
});

/** Every text of the page that is seen, with its colour and that of the ground it stands on. */
const TEXT_COLOURS = `[...document.body.querySelectorAll('*:not(svg *, script, noscript)')]
  .filter((element) => element.checkVisibility() && [...element.childNodes].some((node) =>
    node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== ''))
  .map((element) => {
    let under = element;
    const groundOf = (one) => getComputedStyle(one).backgroundColor;
    while (under !== null && groundOf(under).endsWith(', 0)')) under = under.parentElement;
    return [element.textContent.slice(0, 30), getComputedStyle(element).color, groundOf(under ?? document.body)];
  })`;

const channels = (css: string): number[] => css.match(/\d+/g)!.slice(0, 3).map(Number);

/** Relative luminance and contrast ratio as WCAG 2.2 defines them. */
function luminance(css: string): number {
  const [r, g, b] = channels(css).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}
