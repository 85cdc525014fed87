import type { TimeNs } from '../../domain/index.ts';

/** The codecs of Foxglove's CompressedVideo. */
export const VIDEO_CODECS = ['h264', 'h265', 'vp9', 'av1'] as const;
export type VideoCodec = (typeof VIDEO_CODECS)[number];

/** What one message of a video topic carries: one picture, encoded. */
export interface VideoPacket {
  readonly logTimeNs: TimeNs;
  /** Of the picture; other than the log time it may go back from packet to packet (B-frames). */
  readonly stampNs: TimeNs;
  /** REP-105 frame of the camera's optical centre. */
  readonly frameId: string;
  readonly codec: VideoCodec;
  /** H.264 and H.265 as Annex B with the parameter sets before key pictures; one temporal unit of VP9 and AV1. */
  readonly data: Uint8Array;
}
