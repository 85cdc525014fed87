import type { Actor } from './actors.ts';
import { moveForward, type Pose, shiftLeft } from './geometry.ts';
import type { Box, Rgb } from './solids.ts';

const GLASS: Rgb = [48, 58, 68];
const TYRE: Rgb = [28, 28, 30];
const SKIN: Rgb = [224, 184, 154];
const TROUSERS: Rgb = [46, 48, 58];
const HAIR: Rgb = [38, 32, 30];
const TAIL_LAMP: Rgb = [214, 36, 36];
const HEAD_LAMP: Rgb = [250, 248, 226];
const BUMPER: Rgb = [70, 72, 76];
const PLATE: Rgb = [242, 242, 236];

interface VehicleShape {
  /** Height of the lower body above the sills. */
  readonly waistM: number;
  /** Middle of the cabin from the body's middle, its length below and above. */
  readonly cabinM: readonly [number, number, number];
}

const SHAPES: Readonly<Record<'CAR' | 'KEI' | 'VAN', VehicleShape>> = {
  CAR: { waistM: 0.62, cabinM: [-0.25, 2.9, 1.7] },
  KEI: { waistM: 0.7, cabinM: [-0.15, 2.9, 2.5] },
  VAN: { waistM: 0.85, cabinM: [-0.2, 4.25, 3.95] },
};

/** A part in its owner's frame: middle ahead and left, size, colour. */
function part(
  pose: Pose,
  aheadM: number,
  leftM: number,
  bottomM: number,
  size: readonly [number, number, number],
  color: Rgb,
  top?: readonly [number, number],
): Box {
  const [lengthM, widthM, heightM] = size;
  const at = shiftLeft(moveForward(pose, aheadM), leftM);
  return { pose: at, bottomM, lengthM, widthM, heightM, color, ...(top === undefined ? {} : { top }) };
}

function vehicle({ pose, sizeM, spec }: Actor, shape: VehicleShape): Box[] {
  const [length, width, height] = sizeM;
  const color = spec.colorRgb;
  const sillM = 0.28;
  const roofM = sillM + shape.waistM;
  const [cabinAt, cabinLength, roofLength] = shape.cabinM;
  const glassM = height - roofM - 0.07;
  const boxes = [
    part(pose, 0, 0, sillM, [length, width, shape.waistM], color),
    part(pose, cabinAt, 0, roofM, [cabinLength, width - 0.08, glassM], GLASS, [roofLength, width - 0.3]),
    part(pose, cabinAt, 0, roofM + glassM, [roofLength, width - 0.28, 0.07], color),
    part(pose, length / 2 - 0.02, 0, 0.22, [0.12, width - 0.06, 0.22], BUMPER),
    part(pose, 0.02 - length / 2, 0, 0.22, [0.12, width - 0.06, 0.22], BUMPER),
    part(pose, -length / 2 - 0.01, 0, 0.5, [0.04, 0.34, 0.17], PLATE),
  ];
  // A van's roof is body-coloured down to the windows: two pillars behind.
  if (spec.body === 'VAN') {
    boxes.push(part(pose, cabinAt - 1.1, 0, roofM, [1.9, width - 0.04, glassM], color, [1.8, width - 0.26]));
    boxes.push(part(pose, -length / 2 + 0.12, 0, roofM + 0.2, [0.1, width - 0.5, glassM - 0.35], GLASS));
  }
  for (const side of [-1, 1]) {
    const beside = side * (width / 2 - 0.16);
    boxes.push(part(pose, -length / 2, beside, roofM - 0.26, [0.06, 0.26, 0.2], TAIL_LAMP));
    boxes.push(part(pose, length / 2, beside, roofM - 0.24, [0.06, 0.3, 0.16], HEAD_LAMP));
    for (const axle of [-0.31, 0.31]) {
      boxes.push(
        part(pose, axle * length, side * (width / 2 - 0.09), 0, [0.62, 0.2, 0.62], TYRE, [0.4, 0.2]),
      );
    }
  }
  return boxes;
}

function person({ pose, sizeM, spec, gesture, speedMps }: Actor, phase: number): Box[] {
  const [, width, height] = sizeM;
  const legsM = height * 0.46;
  const torsoM = height * 0.36;
  const headM = height - legsM - torsoM - 0.02;
  const stride = speedMps > 0 ? 0.22 * Math.sin(phase) : 0.03;
  const boxes = [
    part(pose, stride, 0.1, 0, [0.16, 0.15, legsM], TROUSERS),
    part(pose, -stride, -0.1, 0, [0.16, 0.15, legsM], TROUSERS),
    part(pose, 0, 0, legsM, [0.26, width - 0.1, torsoM], spec.colorRgb, [0.24, width]),
    part(pose, 0, 0, height - headM, [0.2, 0.18, headM * 0.72], SKIN),
    part(
      pose,
      -0.02,
      0,
      height - headM * 0.36,
      [0.25, 0.22, headM * 0.36],
      spec.body === 'ADULT' ? HAIR : [240, 206, 44],
    ),
  ];
  for (const side of [-1, 1]) {
    const raised = spec.body === 'FLAGGER' && side === -1 && gesture !== undefined;
    const beside = side * (width / 2 + 0.05);
    if (!raised)
      boxes.push(part(pose, -stride * side, beside, legsM, [0.13, 0.11, torsoM - 0.04], spec.colorRgb));
    else {
      boxes.push(part(pose, 0.1, beside - 0.12, legsM + torsoM - 0.2, [0.14, 0.4, 0.12], spec.colorRgb));
      // A red baton, held up to stop or slow, low to let pass.
      const batonM = gesture === 'GO' ? legsM - 0.1 : legsM + torsoM - 0.15;
      boxes.push(part(pose, 0.14, beside - 0.3, batonM, [0.06, 0.06, 0.6], [236, 40, 44]));
    }
  }
  if (spec.body === 'FLAGGER') {
    boxes.push(part(pose, 0, 0, legsM + torsoM * 0.35, [0.3, width - 0.06, 0.08], [236, 244, 90]));
  }
  if (spec.body === 'CHILD')
    boxes.push(part(pose, -0.2, 0, legsM + 0.04, [0.16, 0.3, torsoM - 0.06], [168, 32, 36]));
  return boxes;
}

/** The boxes an actor is built of. `phase` moves a walker's legs, radians. */
export function bodyOf(actor: Actor, phase: number): Box[] {
  const { body } = actor.spec;
  return body === 'CAR' || body === 'KEI' || body === 'VAN'
    ? vehicle(actor, SHAPES[body])
    : person(actor, phase);
}
