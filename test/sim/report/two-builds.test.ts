import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type Difference, differenceId, writeReport } from '../../../sim/report/index.ts';
import { need } from '../../support/require.ts';
import { cursorText, launchBrowser, withPage as openPage, type PageOptions, until } from './browser.ts';
import { HOSTILE } from './dialogue.ts';
import { journal } from './fixture.ts';

/** Another build over the fixture's drive: u3 refused, u7 slower, u8 never heard. */
function otherJournal() {
  return journal().flatMap((entry) => {
    if (JSON.stringify(entry, (_, value) => (typeof value === 'bigint' ? 0 : value)).includes('"u8"'))
      return [];
    if (entry.type === 'verdict' && entry.verdict.originId === 'u3') {
      const reasons = [{ code: 'OVER_LIMIT', effect: 'BLOCK' as const, slots: { limitMps: 11.1 } }];
      return [{ ...entry, verdict: { ...entry.verdict, outcome: 'REFUSE' as const, reasons, intents: [] } }];
    }
    if (entry.type === 'intent' && entry.intent.originId === 'u3') return [];
    if (entry.type === 'proposal' && entry.originId === 'u7') return [{ ...entry, latencyMs: 5000 }];
    return [entry];
  });
}

describe('two builds in one report in a browser', { skip: need('chromium') }, () => {
  let folder: string;
  let file: string;
  let browser: Browser;
  let differences: readonly Difference[];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'codriver-report-'));
    file = path.join(folder, 'report.html');
    const result = await writeReport({
      path: file,
      entries: otherJournal(),
      ownTitle: 'gate=strict',
      against: {
        title: `as it was ${HOSTILE}`,
        entries: journal(),
        notes: new Map([['u3', `because of the gate ${HOSTILE}`]]),
      },
      pictures: { async *pictures() {} },
    });
    differences = result.differences;
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const withPage = (look: (page: Page) => Promise<void>, options: PageOptions = {}) =>
    openPage(browser, file, look, options);

  it('tells the writer of the report how they differ', () => {
    assert.deepEqual(
      differences.map(({ id, changes }) => [id, changes.map(({ kind }) => kind)]),
      [
        ['u3', ['OUTCOME', 'REASON', 'INTENT']],
        ['u7', ['LATENCY']],
        ['u8', ['PRESENCE']],
      ],
    );
  });

  it('shows both beside each other with what changed, and says how many differ', async () => {
    await withPage(async (page) => {
      assert.match((await page.locator('.comparison').textContent())!, /3 of 8 differ/);
      assert.equal(await page.locator('.timeline .mark.difference').count(), 3);
      const card = page.locator('article[data-moment=u3]');
      assert.equal(await card.locator('.build').count(), 2);
      const changes = (await card.locator('.changes').textContent())!;
      for (const part of [
        'Execute→Refuse',
        'OVER_LIMIT',
        'WITHIN_RULES',
        'TURN LEFT',
        'none',
        'because of the gate </script>',
      ]) {
        assert.ok(changes.includes(part), `${part} in ${changes}`);
      }
      assert.match((await card.locator('.build.from').textContent())!, /TURN LEFT/);
      assert.equal(await page.locator('article[data-moment=u2] .build').count(), 0);
      const lost = page.locator('article[data-moment=u8]');
      assert.match((await lost.textContent())!, /Nothing came of it in this build/);
      assert.equal(await page.evaluate('window.hacked'), undefined);
    });
  });

  it('goes from difference to difference and shows them alone', async () => {
    await withPage(async (page) => {
      const press = async (key: string, time: string) => {
        await page.keyboard.press(key);
        assert.ok((await cursorText(page))!.startsWith(time), `${key}: ${await cursorText(page)}`);
      };
      await press('n', '0:31');
      await press('n', '1:11');
      await press('n', '1:24');
      await press('n', '1:24');
      await press('p', '1:11');
      await page.getByRole('button', { name: /Differences only/ }).click();
      assert.equal(await page.locator('article.moment').count(), 3);
      await page.getByRole('button', { name: /^Latency1$/ }).click();
      assert.equal(await page.locator('article.moment').count(), 1);
      assert.match(page.url(), /change=LATENCY&only=differences/);
    });
  });

  it('opens at a difference by its id, in Japanese too', async () => {
    await withPage(
      async (page) => {
        await until(async () => (await page.locator(':focus').getAttribute('data-moment')) === 'u3');
        assert.match(
          (await page.locator('article[data-moment=u3] .changes').textContent())!,
          /判定.*実行→拒否/,
        );
        assert.match(page.url(), /#diff=u3/);
      },
      { hash: `#diff=${differenceId('u3')}&lang=ja` },
    );
  });

  it('fits a narrow screen', async () => {
    await withPage(
      async (page) => {
        const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        assert.ok(Number(overflow) <= 0, `${overflow} px too wide`);
      },
      { viewport: { width: 390, height: 844 } },
    );
  });
});
