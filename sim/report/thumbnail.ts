import sharp from 'sharp';
import { CodriverError, type Frame } from '../../src/domain/index.ts';

/** JPEG quality of thumbnails: plates stay legible and a 480×270 picture takes about 20 kB. */
const JPEG_QUALITY = 72;

/**
 * A small JPEG of a camera picture, for the report.
 *
 * @param frame Encoded or packed picture, any size.
 * @param widthPx Width of the result; the height follows, and a smaller picture is not enlarged.
 * @returns A JPEG file in memory.
 * @throws CodriverError BAD_IMAGE where the picture does not decode.
 */
export async function makeThumbnail(frame: Frame, widthPx: number): Promise<Uint8Array> {
  if (!Number.isInteger(widthPx) || widthPx < 1) {
    throw new CodriverError('BAD_ARGUMENT', `A thumbnail cannot be ${widthPx} pixels wide.`);
  }
  try {
    const source =
      frame.encoding === 'rgb8'
        ? sharp(frame.data, { raw: { width: frame.widthPx, height: frame.heightPx, channels: 3 } })
        : sharp(frame.data, { failOn: 'error' });
    const jpeg = await source
      .resize({ width: widthPx, withoutEnlargement: true })
      .jpeg({ quality: JPEG_QUALITY, mozjpeg: false })
      .toBuffer();
    return new Uint8Array(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  } catch (error) {
    throw new CodriverError(
      'BAD_IMAGE',
      `The picture of ${frame.camera} at ${frame.stampNs} ns does not decode as ${frame.encoding}.`,
      { remedy: 'The picture is left out of the report; check the camera or the log.', cause: error },
    );
  }
}
