import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { NamedPipe } from '../../../src/io/video/named-pipe.ts';

const shell = (command: string, pipe: string) => promisify(execFile)('sh', ['-c', command, 'sh', pipe]);

describe('NamedPipe', () => {
  it('gives every byte that a program writes, waits when told to, and ends after the last', async () => {
    let bytes = 0;
    let sum = 0;
    let pauses = 0;
    let ended = () => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const pipe = await NamedPipe.open((chunk) => {
      bytes += chunk.length;
      for (const byte of chunk) sum += byte;
      if (pauses === 3) return true;
      pauses += 1;
      setTimeout(() => pipe.resume(), 20);
      return false;
    }, ended);
    await shell('head -c 1000000 /dev/zero | tr "\\0" "\\1" > "$1"', pipe.path);
    pipe.writerGone();
    await end;
    assert.deepEqual({ bytes, sum, pauses }, { bytes: 1_000_000, sum: 1_000_000, pauses: 3 });
    assert.equal(existsSync(path.dirname(pipe.path)), false);
    pipe.close();
  });

  it('ends where nobody ever wrote', async () => {
    let ended = () => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const pipe = await NamedPipe.open(() => true, ended);
    pipe.writerGone();
    await end;
    pipe.close();
  });

  it('says what to do where the temporary folder takes no pipe', async () => {
    const before = process.env.TMPDIR;
    const folder = mkdtempSync(path.join(tmpdir(), 'codriver-test-'));
    process.env.TMPDIR = path.join(folder, 'missing');
    try {
      await assert.rejects(
        NamedPipe.open(
          () => true,
          () => {},
        ),
        { code: 'NOT_FOUND', message: /named pipe, and none can be made in .*missing/ },
      );
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      rmSync(folder, { recursive: true });
    }
  });
});
