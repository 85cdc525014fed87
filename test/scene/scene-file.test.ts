import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { CodriverError, jsonReplacer, Scene } from '../../src/domain/index.ts';
import { exampleScene, parseSceneFile } from '../../src/scene/index.ts';

test('the example is a valid scene and survives JSON', () => {
  const scene = exampleScene();
  assert.deepEqual(Scene.parse(scene), scene);
  assert.deepEqual(parseSceneFile(JSON.stringify(scene, jsonReplacer, 1)), scene);
});

test('a short YAML file is filled up, from a text or from a path', () => {
  const text = [
    'stampNs: 1795482900000000001',
    'vehicle: { speedMps: 8 }',
    'signs:',
    '  - { id: s1, type: "JP:323", value: 30, distanceM: 20, supplementary: [{ text: "8-20" }] }',
    'objects: [{ id: v, class: CAR, xM: 20, yM: 0 }]',
  ].join('\n');
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'scene-')), 'scene.yaml');
  writeFileSync(file, text);
  const scene = parseSceneFile(file);
  assert.deepEqual(parseSceneFile(text), scene);
  assert.equal(scene.stampNs, 1795482900000000001n, 'stamps are exact');
  assert.equal(scene.civil.minuteOfDay, 615);
  assert.equal(scene.route, null);
  assert.equal(scene.signs[0]?.supplementary[0]?.text, '8-20');
  assert.equal(scene.objects[0]?.speedMps, 0);
});

test('wrong scenes are BAD_SCENE and name the field', () => {
  const cases: [string, RegExp][] = [
    ['vehicle: { speedMps: .nan }', /vehicle\.speedMps/],
    ['{"vehicle": {"speedMps": NaN}}', /vehicle\.speedMps/],
    ['objects: [{ id: a, class: CAR, xM: 1, yM: .inf }]', /objects\[0\]\.yM/],
    ['signs: [{ id: a, type: "no type" }]', /signs\[0\]\.type/],
    ['vehicle: { sped: 3 }\n', /vehicle/],
    ['weather: {}\n', /top level/],
    ['stampNs: soon\nvehicle: null', /stampNs/],
    ['timeZone: Mars/Olympus\nvehicle: null', /timeZone/],
    ['- a\n- b', /top level/],
    ['vehicle: {', /neither YAML nor JSON/],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => parseSceneFile(text),
      (error) =>
        error instanceof CodriverError &&
        error.code === 'BAD_SCENE' &&
        error.remedy !== undefined &&
        message.test(error.message),
      text,
    );
  }
  assert.throws(() => parseSceneFile('/nowhere/scene.yaml'), { code: 'NOT_FOUND' });
  assert.throws(() => parseSceneFile(tmpdir()), { code: 'BAD_SCENE' });
});
