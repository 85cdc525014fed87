import { createCanvas } from '@napi-rs/canvas';
import type { PictureSource } from '../../../sim/report/index.ts';
import { makeThumbnail } from '../../../sim/report/thumbnail.ts';
import { at, CAMERA, DURATION_S, SIGNS, signBox } from './fixture.ts';

/** One picture a second, drawn, encoded and made small like a camera's. */
export function pictures(count = DURATION_S): PictureSource {
  return {
    async *pictures() {
      for (let t = 0; t < count; t++) {
        const jpeg = drawStreet(t);
        const frame = {
          stampNs: at(t),
          frameId: 'front',
          camera: CAMERA,
          encoding: 'jpeg' as const,
          widthPx: 640,
          heightPx: 360,
          data: jpeg,
        };
        yield { stampNs: at(t), camera: CAMERA, jpeg: await makeThumbnail(frame, 480) };
      }
    },
  };
}

function drawStreet(t: number): Uint8Array<ArrayBuffer> {
  const canvas = createCanvas(640, 360);
  const draw = canvas.getContext('2d');
  // Drawn in the camera's pixels, at half their size: a test has no use for more.
  draw.scale(0.5, 0.5);
  draw.fillStyle = '#a9c8e8';
  draw.fillRect(0, 0, 1280, 360);
  draw.fillStyle = '#7d8f6a';
  draw.fillRect(0, 360, 1280, 360);
  const polygon = (colour: string, points: [number, number][]) => {
    draw.fillStyle = colour;
    draw.beginPath();
    for (const [x, y] of points) draw.lineTo(x, y);
    draw.fill();
  };
  polygon('#55585e', [
    [600, 360],
    [680, 360],
    [1180, 720],
    [100, 720],
  ]);
  for (let i = 0; i < 6; i++) {
    const near = ((i + (t % 1.7) / 1.7) / 6) ** 2;
    polygon('#f1f1ea', [
      [638 - near * 8, 360 + near * 360],
      [642 + near * 8, 360 + near * 360],
      [646 + near * 12, 380 + near * 400],
      [634 - near * 12, 380 + near * 400],
    ]);
  }
  for (let i = 0; i < 5; i++) {
    draw.fillStyle = ['#c9b8a0', '#b5a79a', '#d3cabb'][(i + Math.floor(t / 7)) % 3]!;
    draw.fillRect(i * 120, 160 + ((i * 37) % 60), 110, 200 - ((i * 37) % 60));
  }
  for (const sign of SIGNS) {
    if (t < sign.from || t > sign.to) continue;
    const { xPx, yPx, widthPx } = signBox(t, sign.from, sign.to);
    draw.fillStyle = '#8b8f94';
    draw.fillRect(xPx + widthPx / 2 - 3, yPx, 6, 420 - yPx + 60);
    draw.beginPath();
    draw.arc(xPx + widthPx / 2, yPx + widthPx / 2, widthPx / 2, 0, 7);
    draw.fillStyle = '#ffffff';
    draw.fill();
    draw.lineWidth = widthPx / 9;
    draw.strokeStyle = '#c8102e';
    draw.stroke();
    draw.fillStyle = '#12379a';
    draw.font = `bold ${widthPx / 2}px sans-serif`;
    draw.textAlign = 'center';
    draw.fillText('value' in sign ? String(sign.value) : '×', xPx + widthPx / 2, yPx + widthPx * 0.68);
    if (sign.plate === undefined) continue;
    draw.fillStyle = '#ffffff';
    draw.fillRect(xPx, yPx + widthPx * 1.1, widthPx, widthPx * 0.4);
    draw.fillStyle = '#12379a';
    draw.font = `bold ${widthPx / 3}px sans-serif`;
    draw.fillText(sign.plate.slice(0, 5), xPx + widthPx / 2, yPx + widthPx * 1.42);
  }
  draw.fillStyle = '#ffffff';
  draw.font = '24px monospace';
  draw.textAlign = 'left';
  draw.fillText(`t = ${t} s`, 20, 700);
  return new Uint8Array(canvas.toBuffer('image/jpeg', 85));
}
