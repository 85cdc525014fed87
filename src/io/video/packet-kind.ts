import type { VideoCodec } from './video-packet.ts';

/**
 * What a packet is to a decoder that has seen nothing yet: `key` is a picture that decoding can start at,
 * `parameters` only announces pictures (parameter sets in a packet of their own), `dependent` needs pictures
 * before it. Broken bytes are `dependent`.
 */
export type PacketKind = 'key' | 'parameters' | 'dependent';

/** Kind of a packet, from its first bytes up to the picture. */
export function packetKind(codec: VideoCodec, data: Uint8Array): PacketKind {
  switch (codec) {
    case 'h264':
      return h264Kind(data);
    case 'h265':
      return h265Kind(data);
    case 'vp9':
      return vp9Kind(data);
    case 'av1':
      return av1Kind(data);
  }
}

/** Whether a packet brings what its codec needs to know before the first picture: H.264's and H.265's sequence parameters. */
export function hasParameters(codec: VideoCodec, data: Uint8Array): boolean {
  if (codec === 'vp9' || codec === 'av1') return true;
  for (const at of nalUnits(data)) {
    const type = codec === 'h264' ? data[at]! & 0x1f : (data[at]! >> 1) & 0x3f;
    if (type === (codec === 'h264' ? 7 : 33)) return true;
  }
  return false;
}

const START_CODE = Buffer.from([0, 0, 1]);

/** Offsets of the first bytes of the NAL units in Annex B (ITU-T H.264 and H.265, annex B). */
function* nalUnits(data: Uint8Array): Generator<number> {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  for (let at = bytes.indexOf(START_CODE); at >= 0; at = bytes.indexOf(START_CODE, at + 3)) {
    if (at + 3 < bytes.length) yield at + 3;
  }
}

/** ITU-T H.264, table 7-1: 1–5 slices (5 of an IDR picture), 6 SEI, 7 and 8 parameter sets. */
function h264Kind(data: Uint8Array): PacketKind {
  let parameters = false;
  for (const at of nalUnits(data)) {
    const type = data[at]! & 0x1f;
    if (type === 5) return 'key';
    if (type >= 1 && type <= 4) return 'dependent';
    if (type === 7 || type === 8) parameters = true;
    // A recovery point (SEI payload 6) starts streams of open groups of pictures and of intra refresh.
    if (type === 6 && data[at + 1] === 6) return 'key';
  }
  return parameters ? 'parameters' : 'dependent';
}

/** ITU-T H.265, table 7-1: 0–31 slices (16–23 of random access pictures), 32–34 parameter sets. */
function h265Kind(data: Uint8Array): PacketKind {
  let parameters = false;
  for (const at of nalUnits(data)) {
    const type = (data[at]! >> 1) & 0x3f;
    if (type < 32) return type >= 16 && type <= 23 ? 'key' : 'dependent';
    if (type <= 34) parameters = true;
  }
  return parameters ? 'parameters' : 'dependent';
}

/** VP9 bitstream specification, 6.2: frame_marker, profile, show_existing_frame, frame_type (0 is a key frame). */
function vp9Kind(data: Uint8Array): PacketKind {
  const first = data[0] ?? 0;
  if (first >> 6 !== 2) return 'dependent';
  const profile3 = (first & 0x30) === 0x30;
  const flags = profile3 ? (first & 0x07) << 1 : first & 0x0f;
  return (flags & 0x0c) === 0 ? 'key' : 'dependent';
}

/** AV1 bitstream specification, 5.3: a unit with a sequence header (OBU 1) starts a coded video sequence. */
function av1Kind(data: Uint8Array): PacketKind {
  let at = 0;
  while (at < data.length) {
    const header = data[at]!;
    const type = (header >> 3) & 0x0f;
    if (type === 1) return 'key';
    if (type !== 2 || (header & 2) === 0) return 'dependent';
    // A temporal delimiter is empty: its size is one byte of 0.
    at += (header & 4) !== 0 ? 3 : 2;
  }
  return 'dependent';
}
