import { fileURLToPath } from 'node:url';
import { createCanvas, GlobalFonts } from '@napi-rs/canvas';
import type { BoxPx, RgbImage } from '../../src/domain/index.ts';

const fontFiles = ['japanese', 'latin'].map((subset) =>
  fileURLToPath(
    new URL(
      `../../node_modules/@fontsource/noto-sans-jp/files/noto-sans-jp-${subset}-700-normal.woff2`,
      import.meta.url,
    ),
  ),
);
for (const file of fontFiles) GlobalFonts.registerFromPath(file, 'Plate');

/** How a plate is drawn. */
export interface PlateDrawing {
  readonly lines: readonly string[];
  /** Height of the characters as they appear in the picture. */
  readonly textPx: number;
  /** Pixels the whole plate is shifted, so that strokes fall between pixels. */
  readonly shiftPx?: number;
  readonly ink?: string;
  readonly paper?: string;
}

/** A grey street with one plate on it, drawn large and scaled down as a camera would, and the plate's box. */
export function drawPlate(drawing: PlateDrawing): { image: RgbImage; box: BoxPx } {
  const scale = 8;
  const { lines, textPx, shiftPx = 0.4 } = drawing;
  const widest = Math.max(
    ...lines.map((line) => [...line].reduce((w, c) => w + (c > '\u00ff' ? 1 : 0.58), 0)),
  );
  const plateWidth = (widest + 0.8) * textPx;
  const plateHeight = (lines.length * 1.25 + 0.35) * textPx;
  const width = Math.ceil(plateWidth + 40);
  const height = Math.ceil(plateHeight + 40);
  const large = createCanvas(width * scale, height * scale);
  const pen = large.getContext('2d');
  pen.scale(scale, scale);
  pen.fillStyle = '#7d8a86';
  pen.fillRect(0, 0, width, height);
  const left = 20 + shiftPx;
  const top = 20 + shiftPx;
  pen.fillStyle = drawing.paper ?? '#f4f4f0';
  pen.fillRect(left, top, plateWidth, plateHeight);
  pen.strokeStyle = drawing.ink ?? '#15151a';
  pen.lineWidth = Math.max(0.5, textPx / 16);
  const inset = textPx * 0.1;
  pen.strokeRect(left + inset, top + inset, plateWidth - 2 * inset, plateHeight - 2 * inset);
  pen.fillStyle = drawing.ink ?? '#15151a';
  pen.font = `700 ${textPx}px Plate`;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  for (const [i, line] of lines.entries()) {
    pen.fillText(line, left + plateWidth / 2, top + (0.175 + (i + 0.5) * 1.25) * textPx);
  }
  const small = createCanvas(width, height);
  const target = small.getContext('2d');
  target.imageSmoothingQuality = 'high';
  target.drawImage(large, 0, 0, width, height);
  const rgba = target.getImageData(0, 0, width, height).data;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < 3; channel++) data[i * 3 + channel] = rgba[i * 4 + channel] as number;
  }
  return {
    image: { widthPx: width, heightPx: height, data },
    box: { xPx: left, yPx: top, widthPx: plateWidth, heightPx: plateHeight },
  };
}
