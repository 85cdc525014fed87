import { type BoxPx, CodriverError, type RgbImage } from '../domain/index.ts';
import { type OnnxWorker, openOnnxWorker } from '../onnx/index.ts';
import { crop, resize } from './resample.ts';
import { textRows } from './text-rows.ts';

/** Height that PP-OCR's recognition models take, in pixels. */
const INPUT_HEIGHT_PX = 48;
/** Narrower lines are padded to this, as in training; wider ones are taken up to the second figure. */
const LEAST_WIDTH_PX = 320;
const MOST_WIDTH_PX = 1600;
/** A plate with more lines than this is something else. */
const MOST_LINES = 6;

/** A line of text as read. */
export interface ReadLine {
  readonly text: string;
  /** Mean probability of its characters, 0–1. */
  readonly confidence: number;
}

/** What stands on a plate: `text` is the lines joined by `\n`, `confidence` the mean over all characters. */
export interface PlateReading {
  readonly text: string;
  readonly confidence: number;
  readonly lines: readonly ReadLine[];
}

/** Whatever reads plates. */
export interface ReadsPlates {
  read(image: RgbImage, box: BoxPx): Promise<PlateReading>;
}

/** How a {@link PlateReader} is opened. */
export interface PlateReaderOptions {
  /** Path of PP-OCRv6_rec_small.onnx. */
  readonly file: string;
  /** Threads of the recogniser; default 1, which is enough for a plate in 16–18 ms. */
  readonly threads?: number;
}

/**
 * Reads the text of supplementary signs with PP-OCRv6's recognition model (PaddleOCR, Apache-2.0).
 * The model runs in a worker thread; reads wait for each other.
 */
export class PlateReader implements ReadsPlates {
  readonly #worker: OnnxWorker;
  /** Class index → character; index 0 is CTC's blank. */
  readonly #characters: readonly string[];
  readonly #input: string;
  readonly #output: string;

  private constructor(worker: OnnxWorker, characters: readonly string[], input: string, output: string) {
    this.#worker = worker;
    this.#characters = characters;
    this.#input = input;
    this.#output = output;
  }

  /** Errors: MODEL_MISSING, MODEL_CORRUPT, MODEL_UNSUPPORTED when the file is no PP-OCR recogniser. */
  static async open(options: PlateReaderOptions): Promise<PlateReader> {
    const worker = await openOnnxWorker({ file: options.file, threads: options.threads ?? 1 });
    const dictionary = worker.metadata.character;
    const input = worker.inputs[0]?.name;
    const output = worker.outputs[0]?.name;
    if (dictionary === undefined || input === undefined || output === undefined) {
      await worker.close();
      throw new CodriverError(
        'MODEL_UNSUPPORTED',
        `${options.file} is no PP-OCR recognition model: its metadata has no key "character".`,
        { remedy: 'Pull the one codriver knows: `npx codriver models pull ppocrv6-rec-small`.' },
      );
    }
    return new PlateReader(worker, dictionaryOf(dictionary), input, output);
  }

  /**
   * Reads the plate inside `box`, line by line. An empty or wholly outside box reads as the empty text
   * with confidence 0. MODEL_FAILED when the recogniser's thread died.
   */
  async read(image: RgbImage, box: BoxPx): Promise<PlateReading> {
    const plate = crop(image, box);
    if (plate === undefined) return { text: '', confidence: 0, lines: [] };
    const lines: (ReadLine & { characters: number })[] = [];
    for (const row of textRows(plate).slice(0, MOST_LINES)) {
      const line = crop(plate, row);
      const read = line === undefined ? undefined : await this.#readLine(line);
      if (read !== undefined && read.text !== '') lines.push(read);
    }
    const characters = lines.reduce((sum, line) => sum + line.characters, 0);
    return {
      text: lines.map((line) => line.text).join('\n'),
      confidence:
        characters === 0
          ? 0
          : lines.reduce((sum, line) => sum + line.confidence * line.characters, 0) / characters,
      lines: lines.map(({ text, confidence }) => ({ text, confidence })),
    };
  }

  /** Ends the recogniser's thread. */
  close(): Promise<void> {
    return this.#worker.close();
  }

  async #readLine(line: RgbImage): Promise<ReadLine & { characters: number }> {
    const scaled = Math.ceil((line.widthPx / line.heightPx) * INPUT_HEIGHT_PX);
    const contentPx = Math.max(1, Math.min(MOST_WIDTH_PX, scaled));
    const widthPx = Math.max(LEAST_WIDTH_PX, contentPx);
    const pixels = resize(line, contentPx, INPUT_HEIGHT_PX);
    const plane = INPUT_HEIGHT_PX * widthPx;
    const data = new Float32Array(3 * plane);
    for (let y = 0; y < INPUT_HEIGHT_PX; y++) {
      for (let x = 0; x < contentPx; x++) {
        for (let channel = 0; channel < 3; channel++) {
          // PP-OCR is trained on BGR; what is right of the text stays 0, the middle grey.
          const value = pixels[(y * contentPx + x) * 3 + (2 - channel)] as number;
          data[channel * plane + y * widthPx + x] = value / 127.5 - 1;
        }
      }
    }
    const outputs = await this.#worker.run({
      [this.#input]: { type: 'float32', data, dims: [1, 3, INPUT_HEIGHT_PX, widthPx] },
    });
    const scores = outputs[this.#output];
    const classes = scores?.dims.at(-1);
    if (scores?.type !== 'float32' || classes !== this.#characters.length) {
      throw new CodriverError(
        'MODEL_UNSUPPORTED',
        `The plate recogniser answers ${classes} classes for a dictionary of ${this.#characters.length}.`,
        { remedy: 'Pull it again: `npx codriver models pull ppocrv6-rec-small`.' },
      );
    }
    return greedyCtc(scores.data, this.#characters);
  }
}

/** CTC's classes: the blank, the dictionary, the space. */
function dictionaryOf(dictionary: string): string[] {
  const characters = dictionary.split('\n');
  if (characters.at(-1) === '') characters.pop();
  return ['', ...characters, ' '];
}

/**
 * Greedy CTC: the best class of each step, repeats merged, blanks (class 0) dropped. `probabilities` is
 * steps × classes. The confidence is the mean probability of the characters kept.
 */
export function greedyCtc(
  probabilities: Float32Array,
  characters: readonly string[],
): ReadLine & { characters: number } {
  const classes = characters.length;
  let text = '';
  let sum = 0;
  let kept = 0;
  let previous = 0;
  for (let step = 0; step + classes <= probabilities.length; step += classes) {
    let best = 0;
    for (let k = 1; k < classes; k++) {
      if ((probabilities[step + k] as number) > (probabilities[step + best] as number)) best = k;
    }
    if (best !== 0 && best !== previous) {
      text += characters[best];
      sum += probabilities[step + best] as number;
      kept++;
    }
    previous = best;
  }
  return { text: text.trim(), confidence: kept === 0 ? 0 : sum / kept, characters: kept };
}
