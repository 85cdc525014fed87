import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { rosFiles } from '../../../tools/ros-doc.ts';

for (const [file, text] of rosFiles()) {
  test(`${file.split('/').slice(-2).join('/')} says what the node runs by; else run npm run docs:ros`, () => {
    assert.equal(readFileSync(file, 'utf8'), text);
  });
}
