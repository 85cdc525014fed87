import type { VideoCodec } from './video-packet.ts';

/**
 * Video packets as an IVF stream, the way ffmpeg gets them: 32 bytes of header, and before each packet its
 * size and a 64-bit presentation time. Chosen for these reasons, each measured with ffmpeg 5.1 and 9.0:
 *
 * - it can be written to a pipe and keeps packets apart, so that one that is broken or missing does not
 *   shift the ones behind it (MPEG-TS and raw Annex B are split again by the parser, and lose that);
 * - ffmpeg's demuxer takes H.264 and H.265 in it as Annex B, without the out-of-band headers that FLV, MP4
 *   and Matroska want;
 * - its index does not grow, as MP4's and Matroska's do.
 *
 * The presentation time carries a number and no time: ffmpeg hands it on with the picture that the packet
 * holds, whatever the order of decoding, and the true stamp is looked up by it. Stamps themselves would not
 * do: recorders repeat them and let them jump.
 *
 * The numbers fall, from far below zero. ffmpeg replaces a picture's time by its decoding time once the former
 * went backwards more often than the latter (`guess_correct_pts`); with rising numbers that happens after the
 * second B-frame, and every picture after it gets another packet's number. With falling ones both go backwards
 * all the time, from the first decoding time on, which is about zero, and the picture's own is kept.
 */
const FIRST_NUMBER = -(2 ** 40);

/** Four characters by which ffmpeg knows the codec. Its IVF demuxer knows none for H.265, which has to be named. */
const FOUR_CC: Readonly<Record<VideoCodec, string>> = {
  h264: 'H264',
  h265: 'hev1',
  vp9: 'VP90',
  av1: 'AV01',
};

/** The head of a stream. ffmpeg takes the size from the pictures, so none is given. */
export function ivfHeader(codec: VideoCodec): Buffer {
  const header = Buffer.alloc(32);
  header.write('DKIF', 0, 'latin1');
  header.writeUInt16LE(32, 6);
  header.write(FOUR_CC[codec], 8, 'latin1');
  // Ticks a second, which only has to leave the numbers as they are.
  header.writeUInt32LE(1_000_000, 16);
  header.writeUInt32LE(1, 20);
  return header;
}

/** What stands before packet `index`, counted from 0, of `bytes` bytes. */
export function ivfPacketHeader(index: number, bytes: number): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt32LE(bytes, 0);
  header.writeBigInt64LE(BigInt(FIRST_NUMBER - index), 4);
  return header;
}

/** Which packet a picture with this presentation time came from. */
export function packetIndexOf(presentationTime: number): number {
  return FIRST_NUMBER - presentationTime;
}
