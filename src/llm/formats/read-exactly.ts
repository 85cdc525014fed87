import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

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
