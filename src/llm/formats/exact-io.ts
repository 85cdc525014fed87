import { readSync, write } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Fills `into` from byte `position` of a file on; `endsEarly` makes the error when the file ends before that. */
export async function readExactly(
  handle: FileHandle,
  position: number,
  into: Uint8Array,
  endsEarly: (at: number) => Error,
): Promise<void> {
  for (let done = 0; done < into.byteLength; ) {
    const { bytesRead } = await handle.read(into, done, into.byteLength - done, position + done);
    if (bytesRead === 0) throw endsEarly(position + done);
    done += bytesRead;
  }
}

/** The same, at once. */
export function readExactlySync(
  handle: FileHandle,
  position: number,
  into: Uint8Array,
  endsEarly: (at: number) => Error,
): void {
  for (let done = 0; done < into.byteLength; ) {
    const bytesRead = readSync(handle.fd, into, done, into.byteLength - done, position + done);
    if (bytesRead === 0) throw endsEarly(position + done);
    done += bytesRead;
  }
}

const writeOnce = promisify(write);

/** Writes all of `data` from byte `position` of a file on. The descriptor may be another thread's. */
export async function writeExactly(
  descriptor: number,
  position: number,
  data: ArrayBufferView,
): Promise<void> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  for (let done = 0; done < bytes.length; )
    done += (await writeOnce(descriptor, bytes, done, bytes.length - done, position + done)).bytesWritten;
}
