import { createRequire } from 'node:module';
import path from 'node:path';
import type * as WebXgrammar from '@mlc-ai/web-xgrammar';

/** The module's exports. */
export type Xgrammar = typeof WebXgrammar;

let loading: Promise<Xgrammar> | undefined;

/**
 * Loads @mlc-ai/web-xgrammar. Its bundle is a browser script that package.json calls an ES module: it
 * looks for CommonJS globals and, finding no `exports`, hangs itself on globalThis. The globals are lent to
 * it while it loads and taken away afterwards.
 */
export function loadXgrammar(): Promise<Xgrammar> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Xgrammar> {
  const require = createRequire(import.meta.url);
  const file = require.resolve('@mlc-ai/web-xgrammar');
  const scope = globalThis as Record<string, unknown>;
  const lent: Record<string, unknown> = { require, __filename: file, __dirname: path.dirname(file) };
  Object.assign(scope, lent);
  try {
    await import('@mlc-ai/web-xgrammar');
    const xgrammar = scope.xgrammar as Xgrammar;
    // The WebAssembly instance is made at the first use and needs the lent globals, too.
    await xgrammar.Grammar.builtinJSONGrammar().then((grammar) => grammar.dispose());
    return xgrammar;
  } finally {
    for (const name of [...Object.keys(lent), 'xgrammar']) delete scope[name];
  }
}
