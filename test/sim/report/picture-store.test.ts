import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type PictureSource, writeReport } from '../../../sim/report/index.ts';
import { at } from './fixture.ts';

const LIMIT_BYTES = 1000;

/** `count` pictures of 300 bytes, each filled with its number. */
const source = (count: number, failAt = Number.POSITIVE_INFINITY): PictureSource => ({
  async *pictures() {
    for (let i = 0; i < count; i++) {
      if (i === failAt) throw new Error('the log breaks off');
      yield { stampNs: at(i), camera: i % 2 === 0 ? 'front' : 'rear', jpeg: new Uint8Array(300).fill(i) };
    }
  },
});

describe('pictures of a report', () => {
  let root: string;
  let folder: string;
  let file: string;
  let round = 0;
  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'codriver-report-'));
  });
  beforeEach(async () => {
    folder = path.join(root, `${round++}`);
    await mkdir(folder);
    file = path.join(folder, 'drive.html');
  });
  after(() => rm(root, { recursive: true, force: true }));

  const write = (pictures: PictureSource) =>
    writeReport({ path: file, entries: [], pictures, inlineLimitBytes: LIMIT_BYTES });

  const embedded = async (id: string): Promise<unknown> => {
    const html = await readFile(file, 'utf8');
    const text = new RegExp(`id="${id}">([\\s\\S]*?)</script>`).exec(html)![1]!;
    return JSON.parse(text);
  };

  const policy = async () => /img-src [^;]*/.exec(await readFile(file, 'utf8'))![0];

  it('stay inside up to the limit, and nothing else is allowed', async () => {
    await write(source(3));
    assert.deepEqual(await readdir(folder), ['drive.html']);
    const jpegs = (await embedded('jpegs')) as string[];
    assert.deepEqual(
      jpegs.map((jpeg) => Buffer.from(jpeg, 'base64')[0]),
      [0, 1, 2],
    );
    assert.equal(await policy(), 'img-src data:');
  });

  it('go beside the page beyond it, all of them, in order', async () => {
    await write(source(7));
    const files = await readdir(path.join(folder, 'drive.files'));
    assert.deepEqual(files.sort(), ['0.jpg', '1.jpg', '2.jpg', '3.jpg', '4.jpg', '5.jpg', '6.jpg']);
    assert.equal((await readFile(path.join(folder, 'drive.files', '5.jpg')))[0], 5);
    assert.deepEqual(await embedded('jpegs'), []);
    const index = (await embedded('pictures')) as { folder: string; cameras: string[]; camera: number[] };
    assert.equal(index.folder, 'drive.files');
    assert.deepEqual(index.cameras, ['front', 'rear']);
    assert.deepEqual(index.camera, [0, 1, 0, 1, 0, 1, 0]);
    assert.equal(await policy(), "img-src data: 'self' file:");
  });

  it('replace those of an older report, and go with it', async () => {
    await write(source(7));
    await write(source(5));
    assert.equal((await readdir(path.join(folder, 'drive.files'))).length, 5);
    await write(source(1));
    assert.deepEqual(await readdir(folder), ['drive.html']);
  });

  it('never replace what no report wrote', async () => {
    await mkdir(path.join(folder, 'drive.files'));
    await writeFile(path.join(folder, 'drive.files', 'thesis.txt'), 'years of work');
    await assert.rejects(write(source(7)), { code: 'LOG_WRITE_FAILED', message: /thesis\.txt/ });
    assert.equal(await readFile(path.join(folder, 'drive.files', 'thesis.txt'), 'utf8'), 'years of work');
    await write(source(1));
    assert.deepEqual((await readdir(folder)).sort(), ['drive.files', 'drive.html']);
  });

  it('leave the older report whole where they break off', async () => {
    await write(source(7));
    const before = await readFile(file, 'utf8');
    await assert.rejects(write(source(9, 6)));
    assert.equal(await readFile(file, 'utf8'), before);
    assert.deepEqual((await readdir(folder)).sort(), ['drive.files', 'drive.html']);
    assert.equal((await readdir(path.join(folder, 'drive.files'))).length, 7);
  });
});
