import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../support/require.ts';

const depcruise = path.join(repositoryRoot, 'node_modules', '.bin', 'depcruise');

/** Runs the import law over a made-up house in a scratch folder inside the repository, where node_modules resolve. */
function cruise(files: Record<string, string>): { status: number | null; output: string } {
  const scratch = mkdtempSync(path.join(repositoryRoot, '.codriver-law-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(scratch, name)), { recursive: true });
      writeFileSync(path.join(scratch, name), text);
    }
    const config = path.join(repositoryRoot, '.dependency-cruiser.mjs');
    writeFileSync(
      path.join(scratch, 'tsconfig.json'),
      '{"compilerOptions":{"module":"NodeNext","allowImportingTsExtensions":true,"noEmit":true}}',
    );
    const result = spawnSync(depcruise, ['--config', config, 'src'], { cwd: scratch, encoding: 'utf8' });
    return { status: result.status, output: result.stdout + result.stderr };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const gate = 'export const gate = 1;\n';
const law = 'export const law = 1;\n';

test('a lawful house passes, and its modules are really seen', () => {
  const { status, output } = cruise({
    'src/law/index.ts': law,
    'src/gate/index.ts': `import { law } from '../law/index.ts';\nexport const gate = law;\n`,
  });
  assert.equal(status, 0, output);
  assert.match(output, /2 modules/);
});

test('an arrow that points back fails', () => {
  const { status, output } = cruise({
    'src/gate/index.ts': gate,
    'src/law/index.ts': `import { gate } from '../gate/index.ts';\nexport const law = gate;\n`,
  });
  assert.notEqual(status, 0);
  assert.match(output, /law-imports-only-domain/);
});

test('a type-only arrow that points back fails too', () => {
  const { status } = cruise({
    'src/gate/index.ts': 'export type Gate = 1;\n',
    'src/law/index.ts': `import type { Gate } from '../gate/index.ts';\nexport const law: Gate = 1;\n`,
  });
  assert.notEqual(status, 0);
});

test('a cycle fails', () => {
  const { status, output } = cruise({
    'src/law/a.ts': `import { b } from './b.ts';\nexport const a = () => b;\n`,
    'src/law/b.ts': `import { a } from './a.ts';\nexport const b = () => a;\n`,
  });
  assert.notEqual(status, 0);
  assert.match(output, /no-cycles/);
});

test('the runtime may not know of driving', () => {
  const { status, output } = cruise({
    'src/domain/proposal.ts': 'export const kinds = 1;\n',
    'src/llm/index.ts': `import { kinds } from '../domain/proposal.ts';\nexport const llm = kinds;\n`,
  });
  assert.notEqual(status, 0);
  assert.match(output, /llm-knows-nothing-of-driving/);
});
