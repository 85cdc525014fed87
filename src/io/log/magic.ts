/** Kinds of file that are told apart by their first bytes. */
export type FileKind = 'mcap' | 'rosbag1' | 'sqlite' | 'zstd' | 'video';

/** What people call them, with an article. */
export const KIND_NAMES: Readonly<Record<FileKind, string>> = {
  mcap: 'an MCAP file',
  rosbag1: 'a rosbag1 file',
  sqlite: 'a SQLite database (rosbag2 .db3)',
  zstd: 'a zstd-compressed file',
  video: 'a video file',
};

/** So many first bytes are enough. */
export const HEAD_BYTES = 512;

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const MAGICS: readonly (readonly [kind: FileKind, offset: number, magic: Uint8Array])[] = [
  ['mcap', 0, latin1('\x89MCAP')],
  ['rosbag1', 0, latin1('#ROSBAG V')],
  ['sqlite', 0, latin1('SQLite format 3\0')],
  ['zstd', 0, latin1('\x28\xb5\x2f\xfd')],
  // ISO base media (MP4, MOV): a box of type ftyp; old QuickTime begins with one of the others.
  ['video', 4, latin1('ftyp')],
  ['video', 4, latin1('moov')],
  ['video', 4, latin1('mdat')],
  ['video', 4, latin1('wide')],
  // EBML: Matroska and WebM.
  ['video', 0, latin1('\x1a\x45\xdf\xa3')],
  ['video', 8, latin1('AVI ')],
];

/** The kind of file that begins like `head`; null for none that is known. */
export function sniffKind(head: Uint8Array): FileKind | null {
  for (const [kind, offset, magic] of MAGICS) {
    if (magic.every((byte, index) => head[offset + index] === byte)) return kind;
  }
  if (isTransportStream(head) || isAnnexB(head)) return 'video';
  return null;
}

/** MPEG transport stream: a sync byte every 188. */
function isTransportStream(head: Uint8Array): boolean {
  return head[0] === 0x47 && head[188] === 0x47 && head[376] === 0x47;
}

/**
 * A bare H.264 or H.265 stream (ITU-T H.264 and H.265, Annex B) has no magic, but a start code and then a
 * unit that streams begin with: delimiter or parameter set, of which the forbidden bit is zero.
 */
function isAnnexB(head: Uint8Array): boolean {
  let at = 0;
  while (head[at] === 0 && at < 8) at += 1;
  if (at < 2 || head[at] !== 1) return false;
  const unit = head[at + 1] ?? 0xff;
  if ((unit & 0x80) !== 0) return false;
  const [h264, h265] = [unit & 0x1f, unit >> 1];
  return [6, 7, 9].includes(h264) || [32, 33, 35, 39].includes(h265);
}
