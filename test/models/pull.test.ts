import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { CatalogueEntrySchema } from '../../src/models/catalogue.ts';
import {
  catalogue,
  modelHome,
  modelPath,
  modelStatus,
  type PullProgress,
  pullModel,
  resolveModel,
} from '../../src/models/index.ts';
import { modelFile, need, repositoryRoot } from '../support/require.ts';

const NAME = 'ppocrv6-rec-small';
const home = await mkdtemp(path.join(tmpdir(), 'codriver-models-'));
after(() => rm(home, { recursive: true, force: true }));

const hasCode = (code: string, words: RegExp) => (error: unknown) => {
  const { code: found, message, remedy } = error as { code?: string; message: string; remedy?: string };
  assert.equal(found, code, message);
  assert.match(`${message} ${remedy}`, words);
  return true;
};

test('every catalogued model has a licence text and a notice, and the schema refuses a bad entry', async () => {
  for (const entry of catalogue()) {
    const folder = path.join(repositoryRoot, 'models', 'licences', entry.name);
    assert.match(await readFile(path.join(folder, 'LICENSE'), 'utf8'), /Apache License/);
    assert.match(await readFile(path.join(folder, 'NOTICE'), 'utf8'), /Copyright/);
    assert.ok(!CatalogueEntrySchema.safeParse({ ...entry, sha256: 'abc' }).success);
    assert.ok(!CatalogueEntrySchema.safeParse({ ...entry, file: '../elsewhere' }).success);
  }
});

test('the home follows CODRIVER_HOME, then XDG_CACHE_HOME, then ~/.cache', () => {
  assert.equal(modelHome({ CODRIVER_HOME: '/a', XDG_CACHE_HOME: '/b' }), '/a');
  assert.equal(modelHome({ XDG_CACHE_HOME: '/b' }), '/b/codriver');
  assert.match(modelHome({}), /\.cache\/codriver$/);
});

test('names, paths and models that are not there', async () => {
  await assert.rejects(resolveModel('nonsense', home), hasCode('NOT_FOUND', /smollm2-135m-instruct/));
  await assert.rejects(resolveModel(NAME, home), hasCode('MODEL_MISSING', /models pull ppocrv6-rec-small/));
  await assert.rejects(resolveModel('./none.gguf', home), hasCode('MODEL_MISSING', /none\.gguf/));
  assert.deepEqual(
    (await modelStatus(home)).map((status) => status.state),
    ['missing', 'missing'],
  );
});

test('a bare file is pulled, verified, found again, and damage is noticed', {
  skip: need('ocr'),
}, async () => {
  const stages: PullProgress[] = [];
  const file = await pullModel(NAME, { home, from: modelFile(NAME), onProgress: (p) => stages.push(p) });
  assert.equal(stages.at(-1)?.stage, 'ready');
  assert.ok(stages.every((p, i) => i === 0 || p.doneBytes >= (stages[i - 1]?.doneBytes ?? 0)));
  assert.equal(await resolveModel(NAME, home), file);
  const sidecar = JSON.parse(await readFile(`${file}.verified.json`, 'utf8')) as { sha256: string };
  assert.equal(
    sidecar.sha256,
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  );

  const good = await readFile(file);
  const bad = Buffer.from(good);
  bad[good.length >> 1] = (bad[good.length >> 1] as number) ^ 1;
  await writeFile(file, bad);
  await utimes(file, new Date(0), new Date(0));
  await assert.rejects(resolveModel(NAME, home), hasCode('MODEL_CORRUPT', /SHA-256.*models pull/));
  await truncate(file, 1000);
  await assert.rejects(resolveModel(NAME, home), hasCode('MODEL_CORRUPT', /1000 bytes/));
  assert.equal((await modelStatus(home)).find((status) => status.entry.name === NAME)?.state, 'corrupt');
  await pullModel(NAME, { home, from: modelFile(NAME) });
  assert.equal(await resolveModel(NAME, home), file);
});

test('a bad source leaves nothing behind and does not touch what is there', {
  skip: need('ocr'),
}, async () => {
  const folder = path.join(home, 'sources');
  await mkdir(folder, { recursive: true });
  const fresh = await mkdtemp(path.join(home, 'home-'));
  const source = path.join(folder, 'model.onnx');
  await copyFile(modelFile(NAME), source);
  await appendFile(source, 'x');
  await assert.rejects(pullModel(NAME, { home: fresh, from: source }), hasCode('MODEL_CORRUPT', /more than/));
  await truncate(source, 5000);
  await assert.rejects(
    pullModel(NAME, { home: fresh, from: source }),
    hasCode('MODEL_CORRUPT', /5000 bytes/),
  );
  await assert.rejects(
    pullModel(NAME, { home: fresh, from: '/none' }),
    hasCode('MODEL_PULL_FAILED', /--from FILE/),
  );
  await writeFile(source, Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(500)]));
  await assert.rejects(
    pullModel(NAME, { home: fresh, from: source }),
    hasCode('MODEL_PULL_FAILED', /archive/),
  );
  await mkdir(path.join(fresh, 'models', '.pull-999999999-abc'));
  await assert.rejects(
    pullModel(NAME, { home: fresh, from: source }),
    hasCode('MODEL_PULL_FAILED', /archive/),
  );
  assert.deepEqual(await readdir(path.join(fresh, 'models')), [], 'no half-written file, no leftover folder');
  const [entry] = catalogue();
  assert.ok(entry && modelPath(entry, fresh).startsWith(fresh));
});

test('a home that can never be made is refused at once', {
  skip: process.platform === 'linux' ? false : 'needs /proc',
}, async () => {
  await assert.rejects(
    pullModel(NAME, { home: '/proc/1/codriver' }),
    hasCode('MODEL_PULL_FAILED', /\/proc\/1\/codriver/),
  );
});
