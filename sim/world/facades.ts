import type { SKRSContext2D } from '@napi-rs/canvas';
import type { PoiCategory } from '../../src/domain/index.ts';
import type { Texture } from './rasterizer.ts';
import { drawFace, fitText } from './sign-faces.ts';
import { textureOf } from './textures.ts';

const SIDE_PX = 128;

/** A wall of a house, one storey of four metres a side; sides are a power of two. */
function wall(paint: (c: SKRSContext2D) => void): Texture {
  return textureOf(drawFace(SIDE_PX, SIDE_PX, paint));
}

function storey(plaster: string, frame: string, glass: string, wide: boolean): Texture {
  return wall((c) => {
    c.fillStyle = plaster;
    c.fillRect(0, 0, 128, 128);
    c.fillStyle = 'rgba(0,0,0,0.12)';
    c.fillRect(0, 120, 128, 8);
    for (const x of wide ? [14] : [14, 74]) {
      const width = wide ? 100 : 40;
      c.fillStyle = frame;
      c.fillRect(x - 4, 30, width + 8, 62);
      c.fillStyle = glass;
      c.fillRect(x, 34, width / 2 - 2, 54);
      c.fillRect(x + width / 2 + 2, 34, width / 2 - 2, 54);
      c.fillStyle = 'rgba(255,255,255,0.18)';
      c.fillRect(x, 34, width / 2 - 2, 16);
    }
  });
}

/** Storeys to build houses from. */
export function storeys(): Texture[] {
  return [
    storey('#c9bda8', '#e9e6df', '#4c5c6a', false),
    storey('#a8adb0', '#6d7276', '#3f4f5e', true),
    storey('#b88f74', '#ece6da', '#4a5560', false),
    storey('#dcd8cc', '#8d8578', '#566673', true),
    storey('#8d9a97', '#dfe3e1', '#42525c', false),
    storey('#cfc3b9', '#5c5550', '#50606c', true),
  ];
}

/** Ground floors: a shutter and a door, a shop's window under an awning, a garage. */
export function groundFloors(): Texture[] {
  return [
    wall((c) => {
      paintWall(c, '#b3a998');
      paintShutter(c, 10, 62);
      paintDoor(c, 86);
    }),
    wall((c) => {
      paintWall(c, '#a39c92');
      c.fillStyle = '#2f5d50';
      c.fillRect(0, 22, 128, 22);
      c.fillStyle = '#39454d';
      c.fillRect(8, 50, 70, 66);
      c.fillStyle = '#b9cbc9';
      c.fillRect(12, 54, 62, 40);
      paintDoor(c, 90);
    }),
    wall((c) => {
      paintWall(c, '#bfb4a4');
      c.fillStyle = '#7a3b34';
      c.fillRect(0, 20, 128, 20);
      c.fillStyle = '#4a5560';
      c.fillRect(10, 46, 108, 74);
      c.fillStyle = '#cbd6d2';
      for (const x of [14, 50, 86]) c.fillRect(x, 50, 28, 50);
    }),
    wall((c) => {
      paintWall(c, '#9d9f9c');
      paintShutter(c, 14, 100);
    }),
  ];
}

function paintWall(c: SKRSContext2D, plaster: string): void {
  c.fillStyle = plaster;
  c.fillRect(0, 0, 128, 128);
  c.fillStyle = 'rgba(0,0,0,0.15)';
  c.fillRect(0, 118, 128, 10);
}

function paintShutter(c: SKRSContext2D, x: number, width: number): void {
  c.fillStyle = '#7d868a';
  c.fillRect(x, 40, width, 88);
  c.fillStyle = 'rgba(0,0,0,0.18)';
  for (let y = 46; y < 128; y += 8) c.fillRect(x, y, width, 2);
}

function paintDoor(c: SKRSContext2D, x: number): void {
  c.fillStyle = '#5a4636';
  c.fillRect(x, 52, 30, 76);
  c.fillStyle = '#c8d0d2';
  c.fillRect(x + 5, 58, 20, 28);
}

const STRIPES: Partial<Record<PoiCategory, readonly [string, string]>> = {
  CONVENIENCE_STORE: ['#12804a', '#e2751d'],
  STATION: ['#1f4f8f', '#1f4f8f'],
  HOSPITAL: ['#1d8a86', '#1d8a86'],
  PARKING: ['#1556b0', '#1556b0'],
};

/** The front of a shop or a station with its name over the windows; twice as wide as high. */
export function shopFront(name: string, category: PoiCategory): Texture {
  const [band, trim] = STRIPES[category] ?? ['#8c2f39', '#8c2f39'];
  return textureOf(
    drawFace(512, 256, (c) => {
      c.fillStyle = '#efece6';
      c.fillRect(0, 0, 512, 256);
      c.fillStyle = band;
      c.fillRect(0, 8, 512, 84);
      c.fillStyle = trim;
      c.fillRect(0, 84, 512, 12);
      c.fillStyle = '#ffffff';
      fitText(c, name, { x: 40, y: 22, width: 432, height: 50 });
      for (let x = 14; x < 500; x += 122) {
        c.fillStyle = '#39454d';
        c.fillRect(x, 112, 112, 140);
        c.fillStyle = '#d9e6e2';
        c.fillRect(x + 5, 117, 102, 130);
        c.fillStyle = 'rgba(70,90,100,0.45)';
        c.fillRect(x + 5, 186, 102, 61);
      }
    }),
  );
}
