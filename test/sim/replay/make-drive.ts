import path from 'node:path';
import sharp from 'sharp';
import { type BoxPx, NS_PER_MS, type SupplementarySign, Utterance } from '../../../src/domain/index.ts';
import { LogWriter } from '../../../src/io/log/mcap-writer.ts';
import type { DomainMessage } from '../../../src/io/ros-messages/domain-message.ts';
import { drawPlate } from '../../perception/draw-plate.ts';

/** 2026-11-24 09:00 in Tokyo. */
export const DRIVE_START_NS = 1_795_564_800_000_000_000n;
/** Seconds from the first to the last message. */
export const DRIVE_S = 12;

const CAMERA = '/camera/front';
const atNs = (seconds: number): bigint => DRIVE_START_NS + BigInt(Math.round(seconds * 1000)) * NS_PER_MS;

/** A message of the drive. */
export interface Recorded {
  readonly topic: string;
  readonly stampNs: bigint;
  readonly message: DomainMessage;
}

/**
 * A drive at 50 km/h: a vehicle at 10 Hz, pictures and signs at 2 Hz, two utterances. From 1 s on there is a limit
 * of 30 whose plate frees our car (大型), read by the detector with 0.7; from 7 s on one of 20 whose plate codriver
 * has to read itself.
 */
export async function driveMessages(): Promise<Recorded[]> {
  const { image, box } = drawPlate({ lines: ['大型'], textPx: 24 });
  const { widthPx, heightPx } = image;
  const jpeg = await sharp(image.data, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer();
  const messages: Recorded[] = [];
  const add = (topic: string, seconds: number, message: DomainMessage): void => {
    messages.push({ topic, stampNs: atNs(seconds), message });
  };
  for (let tenth = 0; tenth <= DRIVE_S * 10; tenth++) {
    const seconds = tenth / 10;
    const stampNs = atNs(seconds);
    add('/vehicle', seconds, { kind: 'vehicle', vehicle: { stampNs, speedMps: 13.9, mode: 'AUTONOMOUS' } });
    if (tenth % 5 !== 0) continue;
    const frame = { stampNs, frameId: 'front', camera: CAMERA, encoding: 'jpeg' as const, widthPx, heightPx };
    add(CAMERA, seconds, { kind: 'frame', frame: { ...frame, data: new Uint8Array(jpeg) } });
    const signs = [
      ...(seconds >= 1 && seconds < 4
        ? [sign('s-told', stampNs, 30, box, { confidence: 0.9, text: '大型', textConfidence: 0.7 })]
        : []),
      ...(seconds >= 7 && seconds < 10 ? [sign('s-read', stampNs, 20, box, { confidence: 0.9, box })] : []),
    ];
    add('/signs', seconds, { kind: 'signs', signs: { stampNs, camera: CAMERA, signs } });
  }
  for (const [id, seconds, text, confidence] of [
    ['u-slow', 0.55, 'ゆっくり', 0.95],
    ['u-cancel', 6.05, '取り消し', 0.7],
  ] as const) {
    const utterance = Utterance.parse({
      id,
      stampNs: atNs(seconds),
      text,
      language: 'ja',
      confidence,
      seat: 'FRONT_RIGHT',
      authority: 'DRIVER_OR_OWNER',
    });
    add('/speech', seconds, { kind: 'utterance', utterance });
  }
  return messages.toSorted((a, b) => (a.stampNs < b.stampNs ? -1 : a.stampNs > b.stampNs ? 1 : 0));
}

function sign(id: string, stampNs: bigint, value: number, box: BoxPx, plate: SupplementarySign) {
  const where = { id, stampNs, camera: CAMERA, box, distanceM: 40 };
  return { ...where, type: 'JP:323', value, confidence: 0.95, supplementary: [plate] };
}

/** Writes those messages of the drive that are wanted; returns the file. */
export async function writeDrive(
  folder: string,
  name: string,
  wanted: (message: Recorded) => boolean = () => true,
): Promise<string> {
  return writeMessages(path.join(folder, name), (await driveMessages()).filter(wanted));
}

/** Writes a log; returns the file. */
export async function writeMessages(file: string, messages: readonly Recorded[]): Promise<string> {
  const log = await LogWriter.create(file);
  for (const { topic, message, stampNs } of messages) await log.write(topic, message, stampNs);
  await log.close();
  return file;
}
