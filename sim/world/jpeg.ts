import sharp from 'sharp';
import { CodriverError, type RgbImage } from '../../src/domain/index.ts';

/** A picture as a JPEG file in memory; the same picture gives the same bytes. Quality 1–100. */
export async function encodeJpeg(image: RgbImage, quality = 85): Promise<Uint8Array> {
  const raw = { width: image.widthPx, height: image.heightPx, channels: 3 } as const;
  try {
    return await sharp(image.data, { raw }).jpeg({ quality }).toBuffer();
  } catch (error) {
    throw CodriverError.from(error, 'BAD_IMAGE');
  }
}
