import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { describeModel } from '../../../src/llm/architectures/describe.ts';
import { openModel } from '../../../src/llm/formats/open-model.ts';
import { prepareModel } from '../../../src/llm/prepared/prepare-model.ts';
import { repositoryRoot } from '../../support/require.ts';
import { checkpoint } from '../families/checkpoints.ts';
import { hasCode } from '../store/store-support.ts';

const root = mkdtempSync(path.join(tmpdir(), 'codriver-prepare-'));
after(() => rmSync(root, { recursive: true, force: true }));

async function prepare(preparedRoot: string, onProgress?: (fraction: number) => void) {
  const source = await openModel(checkpoint('llama'));
  try {
    return await prepareModel(describeModel(source), preparedRoot, onProgress);
  } finally {
    await source.close();
  }
}

/** Every file below a folder that holds one prepared model, by name. */
function contents(preparedRoot: string): Map<string, string> {
  const folder = path.join(preparedRoot, readdirSync(preparedRoot)[0] as string);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'latin1')]));
}

test('what is lost of a prepared model is made again, the rest is kept, to the same bytes', async () => {
  const preparedRoot = path.join(root, 'again');
  const { files, segments } = await prepare(preparedRoot);
  const before = contents(preparedRoot);
  const kept = segments[0]!.name;
  const made = statSync(files.segment(kept).data).mtimeMs;
  unlinkSync(path.join(files.folder, 'complete.json'));
  unlinkSync(files.segment(segments[1]!.name).manifest);
  const fractions: number[] = [];
  await prepare(preparedRoot, (fraction) => fractions.push(fraction));
  assert.deepEqual(contents(preparedRoot), before);
  assert.equal(statSync(files.segment(kept).data).mtimeMs, made);
  assert.equal(fractions.at(-1), 1);
  // Nothing is left to do, and so nothing is told.
  await prepare(preparedRoot, () => assert.fail('prepared twice'));
});

test('of two at once one prepares, and the other says which process is at it', async () => {
  const preparedRoot = path.join(root, 'two');
  const results = await Promise.allSettled([prepare(preparedRoot), prepare(preparedRoot)]);
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  assert.equal(failures.length, 1);
  assert.ok(hasCode('BAD_ARGUMENT', new RegExp(`process ${process.pid}`))(failures[0]));
  await prepare(preparedRoot);
});

test('a disk that is full while preparing is said, and the next run goes on', async () => {
  const preparedRoot = path.join(root, 'full');
  const url = (file: string) => JSON.stringify(pathToFileURL(path.join(repositoryRoot, file)).href);
  const script = `
    import { describeModel } from ${url('src/llm/architectures/describe.ts')};
    import { openModel } from ${url('src/llm/formats/open-model.ts')};
    import { prepareModel } from ${url('src/llm/prepared/prepare-model.ts')};
    const source = await openModel(${JSON.stringify(checkpoint('llama'))});
    await prepareModel(describeModel(source), ${JSON.stringify(preparedRoot)}).catch((error) => console.log(error.code));`;
  const node = `${process.execPath} --import tsx --input-type=module --eval "$0"`;
  const run = spawnSync('/bin/bash', ['-c', `ulimit -f 20; trap '' XFSZ; exec ${node}`, script], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  assert.equal(run.stdout.trim(), 'DISK_FULL', run.stderr);
  assert.ok(!existsComplete(preparedRoot));
  await prepare(preparedRoot);
  assert.ok(existsComplete(preparedRoot));
});

function existsComplete(preparedRoot: string): boolean {
  return contents(preparedRoot).has('complete.json');
}
