import { type BoxPx, type Frame, type RgbImage, toJsonLine } from '../../src/domain/index.ts';
import { decodeFrame } from '../../src/io/images.ts';
import type { GenerateResult, LanguageModel } from '../../src/llm/index.ts';
import type { PlateReading, ReadsPlates } from '../../src/perception/index.ts';

/**
 * Decodes a picture for several builds: what comes back holds packed pixels, which no build decodes again.
 * A broken picture comes back as it is, so that each build finds out and reports it as it would alone.
 */
export async function decodeForAll(frame: Frame): Promise<Frame> {
  try {
    return { ...frame, encoding: 'rgb8', ...(await decodeFrame(frame)) };
  } catch {
    return frame;
  }
}

/**
 * A plate reader for several builds that look at the same pictures: a box that one has read, or is reading,
 * is not read again for the other. Pictures are told apart by their pixels' array, and forgotten with it.
 */
export class SharedPlateReader implements ReadsPlates {
  readonly #reader: ReadsPlates;
  readonly #readings = new WeakMap<Uint8Array, Map<string, Promise<PlateReading>>>();

  constructor(reader: ReadsPlates) {
    this.#reader = reader;
  }

  read(image: RgbImage, box: BoxPx): Promise<PlateReading> {
    const ofImage = this.#readings.get(image.data) ?? new Map<string, Promise<PlateReading>>();
    this.#readings.set(image.data, ofImage);
    const key = `${box.xPx} ${box.yPx} ${box.widthPx} ${box.heightPx}`;
    const known = ofImage.get(key) ?? this.#reader.read(image, box);
    ofImage.set(key, known);
    return known;
  }
}

/** As many as there may be utterances between two messages of a log. */
const ANSWERS_KEPT = 16;

/**
 * A model for several builds that ask the same: the latest answers are kept, and given again to whoever asks
 * exactly that. An answer depends on the question alone, so nobody can tell. The model still belongs to the
 * caller; closing the shared one does nothing.
 */
export function shareAnswers(model: LanguageModel): LanguageModel {
  const answers = new Map<string, GenerateResult>();
  return {
    get info() {
      return model.info;
    },
    useAdapter(location) {
      answers.clear();
      return model.useAdapter(location);
    },
    countTokens: (text) => model.countTokens(text),
    statistics: () => model.statistics(),
    async generate(request) {
      const { prompt, schema, maxTokens } = request;
      const question = toJsonLine([prompt, schema, maxTokens]);
      const known = answers.get(question);
      if (known !== undefined) return known;
      const answer = await model.generate(request);
      if (answer.finish === 'aborted') return answer;
      answers.set(question, answer);
      if (answers.size > ANSWERS_KEPT) answers.delete(answers.keys().next().value!);
      return answer;
    },
    close: async () => {},
  };
}
