import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { adapterBaseOf } from '../../../src/llm/adapters/adapter-base.ts';
import { openAdapter } from '../../../src/llm/adapters/open-adapter.ts';
import type { DecoderSpec } from '../../../src/llm/architectures/spec.ts';
import { openModel } from '../../../src/llm/formats/open-model.ts';
import { checkpoint } from '../families/checkpoints.ts';
import { convert, sumOf } from '../store/store-support.ts';
import { makeTinyLlama } from '../store/tiny-model.ts';
import { type AdapterOptions, type MadeTensor, makeAdapter, specOf } from './adapter-support.ts';

const root = mkdtempSync(path.join(tmpdir(), 'codriver-adapter-bad-'));
after(() => rmSync(root, { recursive: true, force: true }));
let spec: DecoderSpec;
let made = 0;
before(async () => {
  spec = await specOf(checkpoint('llama'));
});

/** The folder of a new adapter for the llama checkpoint. */
function adapterFolder(options: AdapterOptions = {}): string {
  const folder = path.join(root, `adapter-${made++}`);
  makeAdapter(folder, spec, options);
  return folder;
}

const open = (location: string, sha256s: readonly string[] = []) => openAdapter(location, { spec, sha256s });
const weights = (folder: string): string => path.join(folder, 'adapter_model.safetensors');
const settings = (folder: string): string => path.join(folder, 'adapter_config.json');

/** Every error names the file and says what to do. */
async function refused(location: string, code: string, message: RegExp): Promise<void> {
  await assert.rejects(open(location), (error: Error & { code: string; remedy?: string }) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.ok(error.message.includes(location), `${error.message} names ${location}`);
    assert.ok((error.remedy ?? '').length > 20, error.message);
    return true;
  });
}

test('a folder and its safetensors file are the same adapter', async () => {
  const folder = adapterFolder();
  const [one, other] = [await open(folder), await open(weights(folder))];
  assert.deepEqual(one.info, other.info);
  assert.equal(one.info.name, path.basename(folder));
  assert.deepEqual(Object.keys(one.info), ['name', 'file', 'rank', 'sha256']);
});

const Q = 'base_model.model.model.layers.0.self_attn.q_proj';

/** Renames a tensor. */
function rename(from: string, to: string) {
  return (tensors: Record<string, MadeTensor>): void => {
    tensors[to] = tensors[from] as MadeTensor;
    delete tensors[from];
  };
}

/** Puts a number into a tensor. */
function spoil(name: string, value: number) {
  return (tensors: Record<string, MadeTensor>): void => {
    (tensors[name] as MadeTensor).values[5] = value;
  };
}

/** Gives a tensor another shape. */
function reshape(name: string, ...shape: number[]) {
  return (tensors: Record<string, MadeTensor>): void => {
    tensors[name] = { shape, values: new Float32Array(shape.reduce((product, one) => product * one, 1)) };
  };
}

const CASES: [string, AdapterOptions, string, RegExp][] = [
  [
    'NaN',
    { change: spoil(`${Q}.lora_A.weight`, Number.NaN) },
    'ADAPTER_CORRUPT',
    /number 5 of.*q_proj\.lora_A.*NaN/,
  ],
  ['Inf', { change: spoil(`${Q}.lora_B.weight`, -1 / 0) }, 'ADAPTER_CORRUPT', /q_proj\.lora_B.*-Infinity/],
  [
    'Inf in half precision',
    { type: 'F16', change: spoil(`${Q}.lora_B.weight`, 1e6) },
    'ADAPTER_CORRUPT',
    /Infinity/,
  ],
  [
    'another width',
    { change: reshape(`${Q}.lora_A.weight`, 4, 63) },
    'ADAPTER_MISMATCH',
    /4 × 63.*takes in 64.*made for tiny/,
  ],
  [
    'another height',
    { change: reshape(`${Q}.lora_B.weight`, 65, 4) },
    'ADAPTER_MISMATCH',
    /65 × 4.*gives out 64/,
  ],
  [
    'more blocks',
    {
      change: (tensors) => {
        for (const half of ['A', 'B'])
          rename(`${Q}.lora_${half}.weight`, `${Q.replace('.0.', '.2.')}.lora_${half}.weight`)(tensors);
      },
    },
    'ADAPTER_MISMATCH',
    /block 2.*blocks 0 to 1/,
  ],
  ['another rank than said', { config: { r: 8 } }, 'ADAPTER_CORRUPT', /is 4 × 64.*rank is 8/],
  [
    'another rank in one layer',
    { change: reshape(`${Q}.lora_B.weight`, 64, 5) },
    'ADAPTER_CORRUPT',
    /64 × 5.*rank is 4/,
  ],
  ['a vector', { change: reshape(`${Q}.lora_A.weight`, 256) }, 'ADAPTER_CORRUPT', /lora_A.*is 256/],
  [
    'half a layer',
    {
      change: (tensors) => {
        delete tensors[`${Q}.lora_B.weight`];
      },
    },
    'ADAPTER_CORRUPT',
    /layer 0's q_proj has only its lora_A/,
  ],
  [
    'the other half',
    {
      change: (tensors) => {
        delete tensors[`${Q}.lora_A.weight`];
      },
    },
    'ADAPTER_CORRUPT',
    /q_proj has only its lora_B/,
  ],
  ['nothing', { has: () => false }, 'ADAPTER_CORRUPT', /no tensors/],
  [
    'an unknown module',
    { change: rename(`${Q}.lora_A.weight`, `${Q}x.lora_A.weight`) },
    'ADAPTER_UNSUPPORTED',
    /q_projx\.lora_A/,
  ],
  [
    'a module in the wrong half',
    { change: rename(`${Q}.lora_A.weight`, `${Q.replace('self_attn', 'mlp')}.lora_A.weight`) },
    'ADAPTER_UNSUPPORTED',
    /mlp\.q_proj/,
  ],
  [
    'an adapted head',
    { change: rename(`${Q}.lora_A.weight`, 'base_model.model.lm_head.lora_A.weight') },
    'ADAPTER_UNSUPPORTED',
    /lm_head/,
  ],
  [
    'DoRA',
    { change: rename(`${Q}.lora_A.weight`, `${Q}.lora_magnitude_vector.weight`) },
    'ADAPTER_UNSUPPORTED',
    /magnitude/,
  ],
  [
    'a saved module',
    { change: rename(`${Q}.lora_A.weight`, 'base_model.model.model.norm.weight') },
    'ADAPTER_UNSUPPORTED',
    /norm\.weight/,
  ],
];
for (const [what, options, code, message] of CASES) {
  test(`refused, and why: ${what}`, () => refused(adapterFolder(options), code, message));
}

const CONFIGS: [Record<string, unknown>, string, RegExp][] = [
  [{ peft_type: 'IA3', r: undefined }, 'ADAPTER_UNSUPPORTED', /type IA3/],
  [{ bias: 'all' }, 'ADAPTER_UNSUPPORTED', /bias to "all"/],
  [{ use_dora: true }, 'ADAPTER_UNSUPPORTED', /use_dora/],
  [{ modules_to_save: ['lm_head'] }, 'ADAPTER_UNSUPPORTED', /modules_to_save.*lm_head/],
  [{ fan_in_fan_out: true }, 'ADAPTER_UNSUPPORTED', /fan_in_fan_out/],
  [{ rank_pattern: { q_proj: 8 } }, 'ADAPTER_UNSUPPORTED', /rank_pattern/],
  [{ alpha_pattern: { q_proj: 8 } }, 'ADAPTER_UNSUPPORTED', /alpha_pattern/],
  [{ lora_bias: true }, 'ADAPTER_UNSUPPORTED', /lora_bias/],
  [{ layer_replication: [[0, 2]] }, 'ADAPTER_UNSUPPORTED', /layer_replication/],
  [{ target_modules: ['q_proj', 'lm_head'] }, 'ADAPTER_UNSUPPORTED', /"lm_head"/],
  [{ r: 0 }, 'ADAPTER_CORRUPT', /\br\b/],
  [{ r: 2.5 }, 'ADAPTER_CORRUPT', /\br\b/],
  [{ r: 1e9 }, 'ADAPTER_CORRUPT', /\br\b/],
  [{ r: undefined }, 'ADAPTER_CORRUPT', /\br\b/],
  [{ lora_alpha: 'much' }, 'ADAPTER_CORRUPT', /lora_alpha/],
  [{ lora_alpha: null }, 'ADAPTER_CORRUPT', /lora_alpha/],
  [{ peft_type: undefined }, 'ADAPTER_CORRUPT', /peft_type/],
  [{ codriver_base_sha256: 'abc' }, 'ADAPTER_CORRUPT', /codriver_base_sha256/],
];
for (const [config, code, message] of CONFIGS) {
  test(`a configuration is refused: ${JSON.stringify(config)}`, () =>
    refused(adapterFolder({ config }), code, message));
}

test('forms that mean plain LoRA are taken', async () => {
  for (const config of [
    { target_modules: 'all-linear' },
    { target_modules: ['model.layers.0.self_attn.q_proj'] },
    { target_modules: null, bias: undefined, use_dora: null, modules_to_save: [] },
    { rank_pattern: null, use_rslora: undefined, layers_to_transform: [0, 1], base_model_name_or_path: null },
  ])
    await open(adapterFolder({ config }));
});

test('Gemma 3 with images names its text model otherwise', async () => {
  for (const prefix of ['base_model.model.model.language_model.', 'base_model.model.language_model.model.']) {
    const folder = adapterFolder({
      change: (tensors) => {
        for (const name of Object.keys(tensors))
          rename(name, name.replace('base_model.model.model.', prefix))(tensors);
      },
    });
    assert.equal((await open(folder)).factors.size, 14);
  }
});

test('files that are not there, and files that are something else', async () => {
  await refused(path.join(root, 'nowhere'), 'NOT_FOUND', /no adapter/);
  const empty = path.join(root, 'empty');
  mkdirSync(empty);
  await refused(empty, 'NOT_FOUND', /no adapter_model\.safetensors/);
  const unconfigured = adapterFolder();
  rmSync(settings(unconfigured));
  await refused(unconfigured, 'NOT_FOUND', /adapter_config\.json/);
  const unweighted = adapterFolder();
  renameSync(weights(unweighted), path.join(unweighted, 'adapter_model.bin'));
  await refused(unweighted, 'NOT_FOUND', /no adapter_model\.safetensors/);
  await refused(path.join(unweighted, 'adapter_model.bin'), 'ADAPTER_UNSUPPORTED', /not a safetensors/);
});

test('damaged files', async () => {
  const full = adapterFolder();
  for (const bytes of [0, 5, 100, 3000, 20_000]) {
    const folder = adapterFolder();
    truncateSync(weights(folder), bytes);
    await refused(folder, 'ADAPTER_CORRUPT', /damaged/);
  }
  for (const text of ['', '{', '[]', 'null', '7']) {
    writeFileSync(settings(full), text);
    await refused(full, 'ADAPTER_CORRUPT', /adapter_config\.json is damaged/);
  }
  const typed = adapterFolder();
  const header = { [`${Q}.lora_A.weight`]: { dtype: 'I8', shape: [1], data_offsets: [0, 1] } };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(weights(typed), Buffer.concat([length, text, Buffer.alloc(1)]));
  await refused(typed, 'ADAPTER_UNSUPPORTED', /lora_A.*element type I8/);
});

test('the checksum of the base is compared where both are known', async () => {
  const sha256 = 'AB'.repeat(32);
  const folder = adapterFolder({ config: { codriver_base_sha256: sha256 } });
  await open(folder);
  await open(folder, ['0'.repeat(64), sha256.toLowerCase()]);
  await open(adapterFolder(), ['0'.repeat(64)]);
  await assert.rejects(open(folder, ['0'.repeat(64)]), {
    code: 'ADAPTER_MISMATCH',
    message: /trained for a model with the SHA-256 abab.*\(tiny\).*this one's is 0000/,
  });
});

test('the checksum of the base is known of stores, and of files that were verified as they are', async () => {
  const base = async (location: string): Promise<readonly string[]> => {
    const source = await openModel(location);
    return adapterBaseOf(source)
      .then(({ sha256s }) => sha256s)
      .finally(() => source.close());
  };
  const file = path.join(root, 'tiny.gguf');
  makeTinyLlama(file);
  const sha256 = sumOf(file);
  assert.deepEqual(await base(file), []);
  const { size, mtimeMs } = statSync(file);
  const sidecar = `${file}.verified.json`;
  writeFileSync(sidecar, JSON.stringify({ sha256, bytes: size, modifiedMs: mtimeMs }));
  assert.deepEqual(await base(file), [sha256]);
  writeFileSync(sidecar, JSON.stringify({ sha256, bytes: size, modifiedMs: mtimeMs - 1 }));
  assert.deepEqual(await base(file), []);
  const store = path.join(root, 'tiny-store');
  await convert(file, store);
  assert.deepEqual(await base(store), [sha256]);
  assert.deepEqual(await base(checkpoint('llama')), []);
});
