import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Config } from '../../../src/domain/index.ts';
import {
  NODE_DEFAULTS,
  PARAMETERS,
  parameterFileSchema,
  refusal,
  type Settings,
  settingOf,
  withValues,
} from '../../../src/io/ros/parameters.ts';
import { PARAMETER_TYPES } from '../../../src/io/ros/rcl.ts';

const SETTINGS: Settings = { config: Config.parse({}), node: NODE_DEFAULTS };
const double = (name: string, value: number) => ({ name, type: PARAMETER_TYPES.double, value });

test('every parameter has a place with a value of its type, within its range', () => {
  for (const spec of PARAMETERS) {
    const value = settingOf(spec, SETTINGS);
    const type = PARAMETER_TYPES[spec.type];
    assert.equal(refusal([{ name: spec.name, type, value }], false), undefined, spec.name);
    assert.equal(
      typeof value,
      { boolean: 'boolean', integer: 'number', double: 'number', string: 'string' }[spec.type],
    );
  }
  assert.equal(new Set(PARAMETERS.map(({ name }) => name)).size, PARAMETERS.length);
});

test('the ends of a range are in it, and the next values beyond are not', () => {
  for (const { name, range, type } of PARAMETERS) {
    if (range === undefined) continue;
    const at = (value: number) => refusal([{ name, type: PARAMETER_TYPES[type], value }], true);
    for (const end of range) assert.equal(at(end), undefined);
    for (const [end, step] of [
      [range[0], -1],
      [range[1], 1],
    ] as const)
      assert.match(at(end + step) ?? '', new RegExp(`^${name} must lie between`));
    assert.match(at(Number.NaN) ?? '', /not NaN/);
  }
});

test('what is no parameter of ours is left to others', () => {
  assert.equal(
    refusal([{ name: 'use_sim_time', type: PARAMETER_TYPES.boolean, value: true }], true),
    undefined,
  );
  assert.deepEqual(withValues(SETTINGS, [{ name: 'use_sim_time', type: 1, value: true }]), SETTINGS);
});

test('values come to their places, integers as numbers, and what was there stays as it was', () => {
  const next = withValues(SETTINGS, [
    double('max_speed_kmh', 42),
    { name: 'intent_ttl_ms', type: PARAMETER_TYPES.integer, value: 777n },
    { name: 'camera_depth', type: PARAMETER_TYPES.integer, value: 9n },
  ]);
  assert.equal(next.config.vehicle.maxSpeedKmh, 42);
  assert.equal(next.config.gate.intentTtlMs, 777);
  assert.equal(next.node.cameraDepth, 9);
  assert.equal(SETTINGS.config.vehicle.maxSpeedKmh, 100);
});

test('what is not live is taken before the node is configured, and refused after', () => {
  const value = { name: 'model', type: PARAMETER_TYPES.string, value: 'other.gguf' };
  assert.equal(refusal([value], false), undefined);
  assert.match(refusal([value], true) ?? '', /configured again/);
  assert.match(refusal([{ ...value, value: ' ' }], false) ?? '', /empty/);
});

test('the schema of parameter files has every parameter with its range', () => {
  const text = JSON.stringify(parameterFileSchema(SETTINGS));
  for (const { name } of PARAMETERS) assert.ok(text.includes(`"${name}"`), name);
  assert.match(
    text,
    /"max_speed_kmh":\{"type":"number","description":"[^"]+","default":100,"minimum":1,"maximum":200\}/,
  );
});
