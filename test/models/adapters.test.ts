import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { adapterCatalogue, catalogue, resolveAdapter } from '../../src/models/index.ts';
import { repositoryRoot } from '../support/require.ts';

test('every shipped adapter is the one of the catalogue, with its card and training record, over a catalogued base', async () => {
  for (const { name, base, bytes } of adapterCatalogue()) {
    const folder = await resolveAdapter(name);
    assert.ok(folder);
    const weights = readFileSync(path.join(folder, 'adapter_model.safetensors'));
    assert.equal(weights.length, bytes);
    assert.ok(bytes <= 16e6, 'small enough to be kept in the repository');
    const config = JSON.parse(readFileSync(path.join(folder, 'adapter_config.json'), 'utf8'));
    const entry = catalogue().find((model) => model.name === base);
    assert.equal(config.codriver_base_sha256, entry?.sha256);
    for (const file of ['README.md', 'training.json']) assert.ok(existsSync(path.join(folder, file)), file);
  }
  assert.ok(adapterCatalogue().some(({ name }) => name === 'driving'));
});

test('none is none, a path is taken as it is, anything else is named', async () => {
  assert.equal(await resolveAdapter('none'), undefined);
  const own = path.join(repositoryRoot, 'models/adapters/driving');
  assert.equal(await resolveAdapter(own), own);
  await assert.rejects(resolveAdapter('no-such-adapter'), { code: 'NOT_FOUND', message: /no-such-adapter/ });
});
