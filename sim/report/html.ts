import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Modules of the page, in the order in which they need each other. */
export const PAGE_MODULES = [
  'dom.js',
  'data.js',
  'state.js',
  'strings.js',
  'words.js',
  'format.js',
  'lod.js',
  'filters.js',
  'address.js',
  'colours.js',
  'picture.js',
  'virtual-list.js',
  'timeline-layout.js',
  'timeline-lanes.js',
  'timeline-canvas.js',
  'timeline.js',
  'map.js',
  'player.js',
  'changes.js',
  'moment-card.js',
  'moments.js',
  'filter-bar.js',
  'signs.js',
  'latencies.js',
  'tiers.js',
  'help.js',
  'header.js',
  'main.js',
] as const;

/** Later ones override earlier ones. */
const PAGE_STYLES = [
  'theme.css',
  'style.css',
  'tones.css',
  'player.css',
  'timeline.css',
  'cards.css',
  'tiers.css',
  'filters.css',
  'compare.css',
  'map.css',
  'narrow.css',
  'print.css',
] as const;

const readPage = (name: string): Promise<string> =>
  readFile(new URL(`./page/${name}`, import.meta.url), 'utf8');

const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * Joins ES modules of one page into one script: each exported name is unique among
 * them, so taking away `import` and `export` leaves the same program in one scope.
 */
export function joinModules(sources: readonly string[]): string {
  const bodies = sources.map((source) =>
    source
      .replaceAll(/^import [^;]*;\n/gm, '')
      .replaceAll(/^export (?=const|let|function|class|async)/gm, ''),
  );
  return `'use strict';\n(() => {\n${bodies.join('\n')}\n})();\n`;
}

/**
 * JSON that may stand inside a script element: with every `<` escaped, no text in it
 * can end the element or open a comment.
 */
export function toScriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** The parts of the page around its data: write `head`, the data, `tail`. */
export interface PageParts {
  readonly head: string;
  readonly tail: string;
}

/**
 * The page without data. Its content security policy allows its own script and style,
 * by their hashes, and pictures inside the file; with `picturesBeside` also pictures
 * from where the page itself lies. Nothing else is ever requested.
 */
export async function pageParts({
  language,
  picturesBeside,
}: {
  language: 'en' | 'ja';
  picturesBeside: boolean;
}): Promise<PageParts> {
  const [template, styles, modules] = await Promise.all([
    readPage('page.html'),
    Promise.all(PAGE_STYLES.map(readPage)),
    Promise.all(PAGE_MODULES.map(readPage)),
  ]);
  const style = styles.join('\n');
  const script = joinModules(modules);
  const policy = [
    "default-src 'none'",
    `script-src ${sha256(script)}`,
    `style-src ${sha256(style)}`,
    // A page opened from a disk has no origin of its own that 'self' could name.
    picturesBeside ? "img-src data: 'self' file:" : 'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const fill: Readonly<Record<string, string>> = { language, policy, style, script };
  const page = template.replaceAll(/\{\{(\w+)\}\}/g, (whole, key: string) => fill[key] ?? whole);
  const [head, tail] = page.split('<!-- data -->\n');
  return { head: head!, tail: tail! };
}
