import {
  CodriverError,
  type RgbImage,
  type SignDetection,
  type SignDetections,
  type SupplementarySign,
} from '../domain/index.ts';
import type { PlateReading, ReadsPlates } from './plate-reader.ts';

/** Whether plates are being read. `code` is OK, NO_PLATE_READER, PLATE_READ_FAILED or PLATE_READER_LOST. */
export interface OcrHealth {
  readonly state: 'OK' | 'DEGRADED' | 'LOST';
  readonly code: string;
  readonly text: string;
}

/** Tuning of {@link PlatePerception}. */
export interface PlatePerceptionOptions {
  /** Lower plates are not read; default 14 (below about 12 px a quarter of the texts come out wrong). */
  readonly minHeightPx?: number;
  /** A plate is read again once it is this many times higher than when last read; default 1.25. */
  readonly growth?: number;
  /** Most plates read for one picture; default 2 (each costs some 20 ms in the worker). */
  readonly maxReadsPerFrame?: number;
  /** Told whenever the health changes. */
  readonly onHealth?: (health: OcrHealth) => void;
}

/** What is known of one plate of one tracked sign. */
interface PlateRecord {
  readHeightPx: number;
  best: PlateReading | undefined;
  seenNs: bigint;
}

interface DuePlate {
  readonly key: string;
  readonly heightPx: number;
  readonly plate: SupplementarySign;
}

/** Plates not seen for this long are forgotten: the detector has given the sign up. */
const FORGET_NS = 120_000_000_000n;
/** Failures in a row after which no more plates are tried. */
const FAILURES_TO_LOSE = 3;

/**
 * Adds to each detected sign the text of its plates. A plate is read when it is large enough, and again
 * each time it has grown by a quarter; the reading with the highest confidence stays. Plates whose text
 * the detector itself brought are left alone. Nothing thrown by the reader gets out: a plate that could
 * not be read has no text, and `health` says why.
 */
export class PlatePerception {
  readonly #reader: ReadsPlates | undefined;
  readonly #minHeightPx: number;
  readonly #growth: number;
  readonly #maxReads: number;
  readonly #onHealth: (health: OcrHealth) => void;
  readonly #records = new Map<string, PlateRecord>();
  #health: OcrHealth = { state: 'OK', code: 'OK', text: 'Plates are read.' };
  #failures = 0;

  /** `reader` undefined: there is no plate reader, and every plate stays unread. */
  constructor(reader: ReadsPlates | undefined, options: PlatePerceptionOptions = {}) {
    this.#reader = reader;
    this.#minHeightPx = options.minHeightPx ?? 14;
    this.#growth = options.growth ?? 1.25;
    this.#maxReads = options.maxReadsPerFrame ?? 2;
    this.#onHealth = options.onHealth ?? (() => {});
    if (reader === undefined) {
      this.#health = {
        state: 'LOST',
        code: 'NO_PLATE_READER',
        text: 'Plates are not read: the plate reader is not set up. `npx codriver models pull ppocrv6-rec-small` brings it.',
      };
    }
  }

  /** Whether plates are being read, and if not, why. */
  get health(): OcrHealth {
    return this.#health;
  }

  /** Whether `observe` would read a plate: when not, the picture need not be decoded. */
  needsImage(detections: SignDetections): boolean {
    return this.#due(detections).length > 0;
  }

  /**
   * The detections with the best reading so far of every plate. `image` may be undefined where
   * `needsImage` said no: known readings are filled in and nothing is read.
   */
  async observe(image: RgbImage | undefined, detections: SignDetections): Promise<SignDetections> {
    if (image !== undefined) await this.#readDue(image, detections);
    this.#remember(detections);
    return { ...detections, signs: detections.signs.map((sign) => this.#filled(sign)) };
  }

  #due(detections: SignDetections): DuePlate[] {
    if (this.#reader === undefined || this.#health.state === 'LOST') return [];
    const due: DuePlate[] = [];
    for (const sign of detections.signs) {
      for (const [index, plate] of sign.supplementary.entries()) {
        if (plate.box === undefined || plate.text !== undefined) continue;
        const { heightPx } = plate.box;
        const key = keyOf(sign, index);
        const readHeightPx = this.#records.get(key)?.readHeightPx ?? 0;
        if (heightPx >= this.#minHeightPx && heightPx >= readHeightPx * this.#growth) {
          due.push({ key, heightPx, plate });
        }
      }
    }
    // The largest first: it is the nearest, and the surest to be read right.
    return due.sort((a, b) => b.heightPx - a.heightPx).slice(0, this.#maxReads);
  }

  async #readDue(image: RgbImage, detections: SignDetections): Promise<void> {
    for (const { key, heightPx, plate } of this.#due(detections)) {
      const record = this.#records.get(key) ?? { readHeightPx: 0, best: undefined, seenNs: 0n };
      // Noted before the read, so that a picture that arrives meanwhile does not ask again.
      record.readHeightPx = heightPx;
      record.seenNs = detections.stampNs;
      this.#records.set(key, record);
      const reading = await this.#read(image, plate);
      if (reading === undefined || reading.text === '') continue;
      if (record.best === undefined || reading.confidence >= record.best.confidence) record.best = reading;
    }
  }

  async #read(image: RgbImage, plate: SupplementarySign): Promise<PlateReading | undefined> {
    if (this.#reader === undefined || plate.box === undefined) return undefined;
    try {
      const reading = await this.#reader.read(image, plate.box);
      this.#failures = 0;
      this.#setHealth({ state: 'OK', code: 'OK', text: 'Plates are read.' });
      return reading;
    } catch (thrown) {
      this.#failures++;
      const { message } = CodriverError.from(thrown, 'MODEL_FAILED');
      const lost = this.#failures >= FAILURES_TO_LOSE;
      this.#setHealth({
        state: lost ? 'LOST' : 'DEGRADED',
        code: lost ? 'PLATE_READER_LOST' : 'PLATE_READ_FAILED',
        text: `${lost ? 'Plates are no longer read' : 'A plate could not be read'}: ${message}`,
      });
      return undefined;
    }
  }

  #setHealth(health: OcrHealth): void {
    const changed = health.code !== this.#health.code;
    this.#health = health;
    if (changed) this.#onHealth(health);
  }

  #remember(detections: SignDetections): void {
    for (const sign of detections.signs) {
      for (const index of sign.supplementary.keys()) {
        const record = this.#records.get(keyOf(sign, index));
        if (record !== undefined) record.seenNs = detections.stampNs;
      }
    }
    for (const [key, record] of this.#records) {
      if (detections.stampNs - record.seenNs > FORGET_NS) this.#records.delete(key);
    }
  }

  #filled(sign: SignDetection): SignDetection {
    const supplementary = sign.supplementary.map((plate, index) => {
      const best = this.#records.get(keyOf(sign, index))?.best;
      if (best === undefined || plate.text !== undefined) return plate;
      return { ...plate, text: best.text.slice(0, 200), textConfidence: Math.min(1, best.confidence) };
    });
    return { ...sign, supplementary };
  }
}

function keyOf(sign: SignDetection, index: number): string {
  return JSON.stringify([sign.id, index]);
}
