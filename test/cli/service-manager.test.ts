import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceManager } from '../../src/cli/service-manager.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-systemd-'));
after(() => rmSync(folder, { recursive: true }));

/** Stands in for systemd's program and writes down what it is told. */
const told = path.join(folder, 'told');
const program = path.join(folder, 'systemd-notify');
writeFileSync(program, `#!/bin/sh\necho "$@" >> "${told}"\n`);
chmodSync(program, 0o755);
const PATH = `${folder}:${process.env.PATH}`;

/** What was told, once there are so many lines. */
async function lines(count: number): Promise<string[]> {
  for (let i = 0; i < 200; i++) {
    const found = existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : [];
    if (found.length >= count) return found;
    await sleep(20);
  }
  throw new Error(`fewer than ${count} lines`);
}

test('systemd is told of readiness, of life twice in the time of its watchdog, and of the end', async () => {
  const systemd = new ServiceManager({ PATH, NOTIFY_SOCKET: '/run/nobody', WATCHDOG_USEC: '200000' });
  systemd.ready('active');
  const found = await lines(4);
  assert.equal(found[0], '--ready --status=active');
  assert.ok(found.filter((line) => line === 'WATCHDOG=1').length >= 2, found.join());
  systemd.status('inactive');
  systemd.stopping();
  const all = await lines(found.length + 2);
  assert.ok(all.includes('--status=inactive') && all.includes('STOPPING=1'));
});

test('outside of systemd nobody is told anything, and no timer keeps the process', () => {
  rmSync(told, { force: true });
  const manager = new ServiceManager({ PATH });
  manager.ready('active');
  manager.stopping();
  assert.ok(!existsSync(told));
});
