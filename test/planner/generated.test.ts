import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../support/require.ts';

const buf = path.join(repositoryRoot, 'node_modules', '.bin', 'buf');
const proto = path.join(repositoryRoot, 'proto');

function filesUnder(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    entries.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(folder, file), readFileSync(file, 'utf8')];
    }),
  );
}

test('the protocol passes buf lint', () => {
  assert.equal(execFileSync(buf, ['lint'], { cwd: proto, encoding: 'utf8' }), '');
});

test('regenerating src/generated changes nothing', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'codriver-proto-'));
  try {
    const template = path.join(folder, 'buf.gen.yaml');
    const out = path.join(folder, 'generated');
    const committed = readFileSync(path.join(proto, 'buf.gen.yaml'), 'utf8');
    const moved = committed.replace('out: ../src/generated', `out: ${JSON.stringify(out)}`);
    assert.notEqual(moved, committed);
    writeFileSync(template, moved);
    execFileSync(buf, ['generate', '--template', template], { cwd: proto });
    const generated = filesUnder(out);
    assert.ok(generated.size > 0);
    assert.deepEqual(filesUnder(path.join(repositoryRoot, 'src', 'generated')), generated);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
