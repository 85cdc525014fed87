import sharp from 'sharp';
import { CodriverError, type Frame, type RgbImage } from '../domain/index.ts';

/** Width and height of a picture. */
export interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Larger pictures are refused before memory is taken for them. */
const MAX_PIXELS = 64_000_000;

/** `jpeg` or `png` by the first bytes of a file in memory; undefined for anything else. */
export function imageEncoding(data: Uint8Array): 'jpeg' | 'png' | undefined {
  if (data[0] === 0xff && data[1] === 0xd8 && data[2] === 0xff) return 'jpeg';
  if (data[0] === 0x89 && data[1] === 0x50 && data[2] === 0x4e && data[3] === 0x47) return 'png';
  return undefined;
}

/** Size of a JPEG or PNG from its header, without decoding; undefined where the header is broken. */
export function readImageSize(data: Uint8Array): SizePx | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const encoding = imageEncoding(data);
  if (encoding === 'png') {
    return data.length < 24 ? undefined : { widthPx: view.getUint32(16), heightPx: view.getUint32(20) };
  }
  return encoding === 'jpeg' ? readJpegSize(view) : undefined;
}

/** Walks the segments up to the frame header (SOF0–SOF15 without DHT, JPG and DAC; ITU-T T.81, B.2.2). */
function readJpegSize(view: DataView): SizePx | undefined {
  let offset = 2;
  while (offset + 9 <= view.byteLength) {
    if (view.getUint8(offset) !== 0xff) return undefined;
    const marker = view.getUint8(offset + 1);
    if (marker === 0xff) {
      offset += 1;
    } else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { widthPx: view.getUint16(offset + 7), heightPx: view.getUint16(offset + 5) };
    } else {
      offset += 2 + view.getUint16(offset + 2);
    }
  }
  return undefined;
}

/**
 * The picture of a frame as packed RGB. Turned upright where EXIF says so, alpha dropped.
 *
 * @throws CodriverError BAD_IMAGE, naming camera and stamp, for a picture that is
 *   broken, cut short or larger than 64 megapixels
 */
export async function decodeFrame(frame: Frame): Promise<RgbImage> {
  if (frame.encoding === 'rgb8') {
    const { widthPx, heightPx, data } = frame;
    if (widthPx > 0 && heightPx > 0 && data.length === widthPx * heightPx * 3)
      return { widthPx, heightPx, data };
    throw badImage(frame, `${data.length} bytes are not ${widthPx} × ${heightPx} pixels of 3 bytes`);
  }
  if (imageEncoding(frame.data) !== frame.encoding) throw badImage(frame, `it is no ${frame.encoding} file`);
  try {
    const { data, info } = await sharp(frame.data, { failOn: 'error', limitInputPixels: MAX_PIXELS })
      .rotate()
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${info.channels} channels, not 3`);
    return {
      widthPx: info.width,
      heightPx: info.height,
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
  } catch (error) {
    throw badImage(frame, (error as Error).message, error);
  }
}

function badImage(frame: Frame, why: string, cause?: unknown): CodriverError {
  return new CodriverError(
    'BAD_IMAGE',
    `The picture of camera ${frame.camera} at ${frame.stampNs} ns cannot be decoded: ${why}.`,
    {
      remedy: 'The frame is skipped; if all are broken, check how the camera driver encodes them.',
      cause,
      details: { camera: frame.camera, stampNs: frame.stampNs.toString(), bytes: frame.data.length },
    },
  );
}
