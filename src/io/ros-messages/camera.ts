import { Frame } from '../../domain/index.ts';
import { imageEncoding, readImageSize } from '../images.ts';
import type { MessageSource } from './domain-message.ts';
import { type RosTime, saneStampNs } from './ros-time.ts';

interface Header {
  readonly stamp: RosTime;
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
  readonly step: number;
  readonly data: Uint8Array;
}

/**
 * A JPEG or PNG as a frame, undecoded. The bytes say which it is, and `format` where they are broken, so
 * that a damaged picture is met when it is decoded; any other format throws.
 */
export function frameFromCompressedImage(message: CompressedImage, source: MessageSource): Frame {
  const encoding = imageEncoding(message.data) ?? encodingOfFormat(message.format);
  if (encoding === undefined) throw new Error(`format "${message.format}" is neither JPEG nor PNG`);
  const size = readImageSize(message.data) ?? { widthPx: 0, heightPx: 0 };
  return makeFrame(message.header, source, encoding, size.widthPx, size.heightPx, message.data);
}

function encodingOfFormat(format: string): 'jpeg' | 'png' | undefined {
  if (/jpe?g/i.test(format)) return 'jpeg';
  return /png/i.test(format) ? 'png' : undefined;
}

/** Channels of the raw encodings that are read, and where red, green and blue lie among them. */
const RAW_ENCODINGS: Readonly<Record<string, { channels: number; rgb: readonly [number, number, number] }>> =
  {
    rgb8: { channels: 3, rgb: [0, 1, 2] },
    bgr8: { channels: 3, rgb: [2, 1, 0] },
    mono8: { channels: 1, rgb: [0, 0, 0] },
  };

/** Raw pixels as packed RGB; throws for other encodings and for data shorter than height × step. */
export function frameFromImage(message: Image, source: MessageSource): Frame {
  const { width, height, step, data } = message;
  const layout = RAW_ENCODINGS[message.encoding];
  if (layout === undefined) {
    throw new Error(`encoding "${message.encoding}" is not one of ${Object.keys(RAW_ENCODINGS).join(', ')}`);
  }
  if (width === 0 || height === 0 || step < width * layout.channels || data.length < height * step) {
    throw new Error(
      `${data.length} bytes with step ${step} do not hold ${width} × ${height} ${message.encoding}`,
    );
  }
  const packed = new Uint8Array(width * height * 3);
  const [red, green, blue] = layout.rgb;
  let to = 0;
  for (let row = 0; row < height; row++) {
    let from = row * step;
    for (let column = 0; column < width; column++) {
      packed[to++] = data[from + red]!;
      packed[to++] = data[from + green]!;
      packed[to++] = data[from + blue]!;
      from += layout.channels;
    }
  }
  return makeFrame(message.header, source, 'rgb8', width, height, packed);
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
