import { createRequire } from 'node:module';
import { createCanvas, GlobalFonts, type SKRSContext2D } from '@napi-rs/canvas';
import { CodriverError } from '../../src/domain/index.ts';

const RED = '#c8102e';
const BLUE = '#0b4ea2';
const WHITE = '#fbfbf8';
const BLACK = '#111';
const FONT = 'codriver-sign';

/** Side of a main sign's face in pixels; plates have the same number of pixels a metre. */
export const FACE_PX = 256;

/** RGBA rows of a face, straight alpha, top left first. */
export interface FaceImage {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgba: Uint8ClampedArray;
}

let registered = false;

/** Makes the signs' font known to the canvas: from the package, never from the system. */
function registerFont(): void {
  if (registered) return;
  const files = ['japanese', 'latin'].map((subset) => `noto-sans-jp-${subset}-700-normal.woff2`);
  const { resolve } = createRequire(import.meta.url);
  for (const file of files) {
    const path = resolve(`@fontsource/noto-sans-jp/files/${file}`);
    if (GlobalFonts.registerFromPath(path, FONT) === null) {
      throw new CodriverError('INTERNAL', `The font ${file} cannot be registered.`, {
        remedy: 'Run `npm ci` again.',
      });
    }
  }
  registered = true;
}

/** Draws with the signs' font at hand on a transparent picture. */
export function drawFace(
  widthPx: number,
  heightPx: number,
  paint: (context: SKRSContext2D) => void,
): FaceImage {
  registerFont();
  const context = createCanvas(widthPx, heightPx).getContext('2d');
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  paint(context);
  return { widthPx, heightPx, rgba: context.getImageData(0, 0, widthPx, heightPx).data };
}

/** Text whose ink fills a box's height, or its width where that is tighter; narrowed by at most a quarter. */
export function fitText(
  c: SKRSContext2D,
  text: string,
  box: { x: number; y: number; width: number; height: number },
): void {
  c.font = `100px ${FONT}`;
  const ink = c.measureText(text);
  const inkHeight = ink.actualBoundingBoxAscent + ink.actualBoundingBoxDescent;
  const inkWidth = ink.actualBoundingBoxLeft + ink.actualBoundingBoxRight;
  const scaleY = Math.min(box.height / inkHeight, box.width / (inkWidth * 0.75));
  const scaleX = Math.min(scaleY, box.width / inkWidth);
  c.save();
  c.translate(box.x + box.width / 2, box.y + box.height / 2);
  c.scale(scaleX, scaleY);
  c.fillText(
    text,
    (ink.actualBoundingBoxLeft - ink.actualBoundingBoxRight) / 2,
    (ink.actualBoundingBoxAscent - ink.actualBoundingBoxDescent) / 2,
  );
  c.restore();
}

function disc(c: SKRSContext2D, radius: number, color: string): void {
  c.fillStyle = color;
  c.beginPath();
  c.arc(128, 128, radius, 0, 2 * Math.PI);
  c.fill();
}

function ring(c: SKRSContext2D, inner: string): void {
  disc(c, 127, WHITE);
  disc(c, 122, RED);
  disc(c, 94, inner);
}

/** A bar across a ring, from lower right to upper left as in the Order's drawings, or mirrored. */
function bar(c: SKRSContext2D, turnRad: number): void {
  c.save();
  c.translate(128, 128);
  c.rotate(turnRad);
  c.fillStyle = RED;
  c.fillRect(-97, -13, 194, 26);
  c.restore();
}

/** A white arrow from a point, `length` long, pointing `turnRad` clockwise from up. */
function arrow(c: SKRSContext2D, x: number, y: number, turnRad: number, length: number, color = WHITE): void {
  c.save();
  c.translate(x, y);
  c.rotate(turnRad);
  c.fillStyle = color;
  c.fillRect(-13, -length + 40, 26, length - 40);
  c.beginPath();
  c.moveTo(0, -length);
  c.lineTo(38, -length + 52);
  c.lineTo(-38, -length + 52);
  c.fill();
  c.restore();
}

function directions(c: SKRSContext2D, turns: readonly number[]): void {
  disc(c, 127, WHITE);
  disc(c, 122, BLUE);
  for (const turn of turns) {
    if (turn === 0) arrow(c, 128, 220, 0, 188);
    else {
      c.fillStyle = WHITE;
      c.fillRect(115, 140, 26, 80);
      arrow(c, 128, 152, turn, 100);
    }
  }
}

/** Which ways the arrows of sign 311 show, radians clockwise from up. */
const WAYS: Readonly<Record<string, readonly number[]>> = {
  A: [0, -Math.PI / 2],
  'A-R': [0, Math.PI / 2],
  C: [0],
  'D-L': [-Math.PI / 2],
  'D-R': [Math.PI / 2],
};

function triangleDown(c: SKRSContext2D, inset: number, color: string): void {
  c.fillStyle = color;
  c.strokeStyle = color;
  c.lineJoin = 'round';
  c.lineWidth = 22;
  c.beginPath();
  c.moveTo(16 + inset * 1.6, 24 + inset);
  c.lineTo(240 - inset * 1.6, 24 + inset);
  c.lineTo(128, 226 - inset * 1.9);
  c.closePath();
  c.fill();
  c.stroke();
}

/** Painters by the Order's number, on 256 × 256. */
const PAINTERS: Readonly<Record<string, (c: SKRSContext2D, value: number, variant: string) => void>> = {
  // Maximum speed.
  '323': (c, value) => {
    ring(c, WHITE);
    c.fillStyle = BLUE;
    fitText(c, String(value), { x: 52, y: 76, width: 152, height: 104 });
  },
  // No crossing the centre to overtake: two arrows, one of them bent round the other.
  '314': (c) => {
    ring(c, WHITE);
    arrow(c, 100, 196, 0, 134, BLUE);
    arrow(c, 150, 132, 0.12, 72, BLUE);
    c.strokeStyle = BLUE;
    c.lineWidth = 22;
    c.beginPath();
    c.moveTo(148, 132);
    c.quadraticCurveTo(150, 170, 134, 196);
    c.stroke();
    bar(c, Math.PI / 4);
  },
  // No stopping, no parking.
  '315': (c) => {
    ring(c, BLUE);
    bar(c, Math.PI / 4);
    bar(c, -Math.PI / 4);
  },
  '316': (c) => {
    ring(c, BLUE);
    bar(c, Math.PI / 4);
  },
  // Designated directions.
  '311': (c, _value, variant) => directions(c, WAYS[variant] ?? [0]),
  // One way.
  '326': (c, _value, variant) => {
    c.fillStyle = WHITE;
    c.fillRect(0, 56, 256, 144);
    c.fillStyle = BLUE;
    c.fillRect(6, 62, 244, 132);
    if (variant === 'B') arrow(c, 128, 188, 0, 120);
    else arrow(c, 30, 128, Math.PI / 2, 196);
  },
  // Stop.
  '330': (c) => {
    triangleDown(c, 0, WHITE);
    triangleDown(c, 7, RED);
    c.fillStyle = WHITE;
    fitText(c, '止まれ', { x: 62, y: 58, width: 132, height: 50 });
  },
};

/**
 * The face of a main sign, {@link FACE_PX} a side, drawn after the Order on Road Signs.
 * `BAD_SCENE` for a number it cannot draw.
 */
export function signFace(type: string, value = 0): FaceImage {
  const [, number, variant = ''] = /^JP:(\d+)-?(.*)$/.exec(type) ?? [];
  const paint = PAINTERS[number ?? ''];
  if (paint === undefined) {
    throw new CodriverError('BAD_SCENE', `There is no drawing of the sign "${type}".`, {
      remedy: `Use one of: ${Object.keys(PAINTERS).join(', ')}.`,
    });
  }
  return drawFace(FACE_PX, FACE_PX, (c) => paint(c, value, variant));
}

/** A supplementary sign: black text on white with a thin rim, its lines sharing the height. */
export function plateFace(text: string, widthPx: number, heightPx: number): FaceImage {
  const lines = text.split('\n');
  return drawFace(widthPx, heightPx, (c) => {
    c.fillStyle = WHITE;
    c.beginPath();
    c.roundRect(0, 0, widthPx, heightPx, 16);
    c.fill();
    c.strokeStyle = BLACK;
    c.lineWidth = 4;
    c.beginPath();
    c.roundRect(7, 7, widthPx - 14, heightPx - 14, 11);
    c.stroke();
    c.fillStyle = BLACK;
    const lineHeight = (heightPx - 44) / lines.length;
    lines.forEach((line, i) => {
      fitText(c, line, { x: 24, y: 22 + i * lineHeight + 3, width: widthPx - 48, height: lineHeight - 6 });
    });
  });
}
