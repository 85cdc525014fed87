import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { writeReport } from '../../sim/report/index.ts';
import { chromiumPath } from '../../src/cli/chromium.ts';
import { type BenchRow, median } from '../row.ts';
import { longDrive, longDrivePictures, ONE_HOUR } from './long-drive.ts';

const OPEN_LIMIT_MS = 2000;
const SCROLL_LIMIT_FPS = 30;
const SCROLL_MS = 3000;
/** As fast as a thrown page scrolls: two windows a second. */
const SCROLL_PX_PER_S = 1800;

/**
 * A report over one hour in chromium: how soon it is there after a click on it, how
 * smoothly it scrolls, and what writing it takes. No rows where there is no chromium.
 */
export async function reportRows(rounds: number): Promise<BenchRow[]> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) return [];
  const folder = await mkdtemp(path.join(tmpdir(), 'codriver-report-bench-'));
  const file = path.join(folder, 'hour.html');
  try {
    const { seconds } = ONE_HOUR;
    let peakMb = 0;
    const before = process.memoryUsage().rss;
    const watch = setInterval(() => {
      peakMb = Math.max(peakMb, (process.memoryUsage().rss - before) / 1e6);
    }, 20);
    const startedMs = performance.now();
    await writeReport({ path: file, entries: longDrive(ONE_HOUR), pictures: longDrivePictures(seconds) });
    const writeMs = performance.now() - startedMs;
    clearInterval(watch);

    const opens: number[] = [];
    const frames: number[] = [];
    const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'];
    const browser = await chromium.launch({ executablePath, args });
    try {
      for (let round = 0; round < rounds; round++) {
        const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
        opens.push(await openMs(page, pathToFileURL(file).href));
        frames.push(await scrollFps(page));
        await page.close();
      }
    } finally {
      await browser.close();
    }
    const row = (
      metric: string,
      value: number,
      unit: string,
      peer: string,
      ratio: number,
      n: number,
    ): BenchRow => ({
      bench: 'logs',
      case: 'report-1h',
      metric,
      value,
      unit,
      peer,
      ratio,
      rounds: n,
    });
    const open = median(opens);
    const fps = median(frames);
    return [
      row('open_ms', open, 'ms', `at most ${OPEN_LIMIT_MS} ms`, OPEN_LIMIT_MS / open, rounds),
      row('scroll_fps', fps, 'fps', `at least ${SCROLL_LIMIT_FPS} fps`, fps / SCROLL_LIMIT_FPS, rounds),
      row('page_mb', (await stat(file)).size / 1e6, 'MB', '', Number.NaN, 1),
      row('write_ms', writeMs, 'ms', '', Number.NaN, 1),
      row('write_peak_mb', peakMb, 'MB', '', Number.NaN, 1),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** From the request to the second picture on the screen after everything has loaded. */
async function openMs(page: Page, url: string): Promise<number> {
  const startedMs = performance.now();
  await page.goto(url, { waitUntil: 'load' });
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  return performance.now() - startedMs;
}

/** Pictures on the screen a second while the list of moments scrolls by, cards being made all the while. */
async function scrollFps(page: Page): Promise<number> {
  return page.evaluate<number>(`new Promise((done) => {
    document.getElementById('moments').scrollIntoView();
    const startMs = performance.now();
    let lastMs = startMs;
    let frames = 0;
    const step = (nowMs) => {
      frames++;
      window.scrollBy({ top: ((nowMs - lastMs) / 1000) * ${SCROLL_PX_PER_S}, behavior: 'instant' });
      lastMs = nowMs;
      if (nowMs - startMs < ${SCROLL_MS}) requestAnimationFrame(step);
      else done((frames * 1000) / (nowMs - startMs));
    };
    requestAnimationFrame(step);
  })`);
}
