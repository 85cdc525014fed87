import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../support/require.ts';

interface LockEntry {
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Record<string, string>;
}

const read = (name: string): string => readFileSync(path.join(repositoryRoot, name), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockEntry> };

const tracked = (): string[] =>
  execFileSync('git', ['ls-files', '-z'], { cwd: repositoryRoot, encoding: 'utf8' })
    .split('\0')
    .filter((name) => name !== '');

test('every direct dependency is pinned to one version', () => {
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+$/, `${name} ${version}`);
  }
});

test('the required packages are declared', () => {
  for (const name of ['onnxruntime-node', '@grpc/grpc-js', 'fluent-ffmpeg', 'rclnodejs', 'zod'])
    assert.ok(manifest.dependencies[name], name);
});

test('the lock names every optional package, so that npm ci accepts it', () => {
  for (const [name, entry] of Object.entries(lock.packages)) {
    for (const optional of Object.keys(entry.optionalDependencies ?? {})) {
      const found =
        lock.packages[`node_modules/${optional}`] ?? lock.packages[`${name}/node_modules/${optional}`];
      assert.ok(found, `${optional} of ${name}`);
    }
  }
});

test('every package with an install script has been judged', () => {
  for (const [name, entry] of Object.entries(lock.packages)) {
    if (!entry.hasInstallScript) continue;
    assert.ok(name.replace(/^.*node_modules\//, '') in manifest.allowScripts, name);
  }
});

test('no install script runs, under npm 10 and npm 11 alike', () => {
  assert.match(read('.npmrc'), /^ignore-scripts=true$/m);
});

test('what git tracks stays under 30 MB', () => {
  const bytes = tracked().reduce((sum, name) => {
    try {
      return sum + statSync(path.join(repositoryRoot, name)).size;
    } catch {
      return sum; // Deleted but not committed yet.
    }
  }, 0);
  assert.ok(bytes < 30e6, `${bytes} bytes`);
});
