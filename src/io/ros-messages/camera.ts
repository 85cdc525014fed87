import { Frame } from '../../domain/index.ts';
import { imageEncoding, readImageSize } from '../images.ts';
import type { MessageSource } from './domain-message.ts';
import { toRgb8 } from './pixels.ts';
import { type MessageTime, saneStampNs } from './ros-time.ts';

interface Header {
  readonly stamp: MessageTime;
  readonly frame_id: string;
}

/** `sensor_msgs/msg/CompressedImage` as decoded. */
export interface CompressedImage {
  readonly header: Header;
  readonly format: string;
  readonly data: Uint8Array;
}

/** `sensor_msgs/msg/Image` as decoded. */
export interface Image {
  readonly header: Header;
  readonly height: number;
  readonly width: number;
  readonly encoding: string;
  readonly is_bigendian?: number | boolean;
  readonly step: number;
  readonly data: Uint8Array;
}

/**
 * A JPEG or PNG as a frame, undecoded. The bytes say which it is, and `format` where they are broken, so
 * that a damaged picture is met when it is decoded; any other format throws. Formats are image_transport's
 * (`jpeg`, `rgb8; jpeg compressed bgr8`) and Foxglove's.
 */
export function frameFromCompressedImage(message: CompressedImage, source: MessageSource): Frame {
  if (/compressedDepth/i.test(message.format)) {
    throw new Error(`format "${message.format}" holds distances and no picture`);
  }
  const encoding = imageEncoding(message.data) ?? encodingOfFormat(message.format);
  if (encoding === undefined) throw new Error(`format "${message.format}" is neither JPEG nor PNG`);
  const size = readImageSize(message.data) ?? { widthPx: 0, heightPx: 0 };
  return makeFrame(message.header, source, encoding, size.widthPx, size.heightPx, message.data);
}

function encodingOfFormat(format: string): 'jpeg' | 'png' | undefined {
  if (/jpe?g/i.test(format)) return 'jpeg';
  return /png/i.test(format) ? 'png' : undefined;
}

/** Raw pixels as packed RGB; throws for encodings that are not read and for data shorter than its size says. */
export function frameFromImage(message: Image, source: MessageSource): Frame {
  const { width, height } = message;
  const rgb = toRgb8({
    widthPx: width,
    heightPx: height,
    encoding: message.encoding,
    stepBytes: message.step,
    bigEndian: Boolean(message.is_bigendian),
    data: message.data,
  });
  return makeFrame(message.header, source, 'rgb8', width, height, rgb);
}

function makeFrame(
  header: Header,
  source: MessageSource,
  encoding: Frame['encoding'],
  widthPx: number,
  heightPx: number,
  data: Uint8Array,
): Frame {
  return Frame.parse({
    stampNs: saneStampNs(header.stamp, source.logTimeNs),
    frameId: header.frame_id,
    camera: source.topic,
    encoding,
    widthPx,
    heightPx,
    data,
  });
}
