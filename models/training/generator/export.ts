import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { CodriverError, Config, LANGUAGES } from '../../../src/domain/index.ts';
import { readEvalSet } from '../../../src/evaluation/eval-set.ts';
import { notation } from '../../../src/evaluation/notation.ts';
import { openModel } from '../../../src/llm/formats/open-model.ts';
import { modelVocabulary } from '../../../src/llm/tokenizer/model-vocabulary.ts';
import { Tokenizer } from '../../../src/llm/tokenizer/tokenizer.ts';
import { resolveModel } from '../../../src/models/index.ts';
import { buildPrompt } from '../../../src/prompt/index.ts';
import { AnswerTokenizer, type AnswerTokens } from './answer-tokens.ts';
import { drawExample, type Example, withShortNames } from './example.ts';
import { Random } from './random.ts';
import { hasSlot, parseTemplates, type Template } from './template.ts';

/** Of so many templates one is kept out of training. */
const HELD_OUT_OF = 25;

/** Longest prompt, tokens: the rare scene that needs more is drawn anew. */
const MOST_PROMPT_TOKENS = 400;

/** A template with its language and where it goes. */
interface Sorted {
  readonly template: Template;
  readonly language: Example['language'];
  readonly held: boolean;
}

async function readTemplates(root: string): Promise<Sorted[]> {
  const sorted: Sorted[] = [];
  for (const language of LANGUAGES) {
    const files = (await readdir(path.join(root, language))).filter((file) => file.endsWith('.txt')).sort();
    for (const file of files) {
      const text = await readFile(path.join(root, language, file), 'utf8');
      for (const template of parseTemplates(`${language}/${file}`, text)) {
        // By what is said and not by the line's number: a template keeps its side when lines come before it.
        const hash = createHash('sha256').update(template.line).digest().readUInt32LE();
        sorted.push({ template, language, held: hash % HELD_OUT_OF === 0 });
      }
    }
  }
  return sorted;
}

/** Templates that point at something of the scene, or back in the talk, have more to be learnt from. */
function weightOf(template: Template): number {
  const points = hasSlot(template, ['poi', 'place', 'nowhere', 'vehicle', 'person', 'worker', 'two']);
  return points || template.turns.length > 1 ? 2 : 1;
}

/** Examples as arrays for training: all tokens, and for each example how many are prompt and how many answer. */
class Writer {
  readonly #ids: number[] = [];
  readonly #chosen: number[] = [];
  readonly #lengths: number[] = [];
  readonly lines: string[] = [];

  add(example: Example, prompt: readonly number[], answer: AnswerTokens, group?: string): void {
    for (const id of prompt) this.#ids.push(id);
    for (const id of answer.ids) this.#ids.push(id);
    for (const chosen of answer.chosen) this.#chosen.push(chosen ? 1 : 0);
    this.#lengths.push(prompt.length, answer.ids.length);
    const { template, language, utterance, proposal } = example;
    const about = { template, language, say: utterance.text, means: notation(proposal) };
    this.lines.push(JSON.stringify(group === undefined ? about : { group, ...about }));
  }

  get size(): number {
    return this.lines.length;
  }

  /** uint32 count, then uint16 [prompt, answer] lengths, uint16 ids, uint8 chosen flags of the answers' ids. */
  bytes(): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32LE(this.size);
    const lengths = Buffer.from(Uint16Array.from(this.#lengths).buffer);
    const ids = Buffer.from(Uint16Array.from(this.#ids).buffer);
    return Buffer.concat([count, lengths, ids, Buffer.from(this.#chosen)]);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'models/training/build' },
      templates: { type: 'string', default: 'models/training/templates' },
      model: { type: 'string', default: 'smollm2-135m-instruct' },
      examples: { type: 'string', default: '60000' },
      seed: { type: 'string', default: '1' },
      // Two processes, a language each, are done in half the time.
      languages: { type: 'string', default: LANGUAGES.join(',') },
    },
  });
  const source = await openModel(await resolveModel(values.model));
  const tokenizer = new Tokenizer(await modelVocabulary(source));
  await source.close();
  const answers = await AnswerTokenizer.create(tokenizer);
  const random = new Random(Number(values.seed));
  const templates = await readTemplates(values.templates);
  const splits = { train: new Writer(), held: new Writer(), dev: new Writer() };
  const wanted = Number(values.examples);
  const training = templates.filter(({ held }) => !held);
  const held = templates.filter((each) => each.held && values.languages.includes(each.language));
  const seen = new Set<string>();

  const promptOf = ({ scene, dialogue, utterance }: Example): number[] => {
    const countTokens = (text: string): number => tokenizer.encode(text).length;
    const maxTokens = MOST_PROMPT_TOKENS;
    const { segments } = buildPrompt({ scene, dialogue, utterance, countTokens, maxTokens, examples: false });
    return tokenizer.encodePrompt(segments);
  };

  const draw = async ({ template, language }: Sorted, writer: Writer): Promise<void> => {
    const example = drawExample(random, template, language);
    if (example === undefined) return;
    const { scene, utterance } = example;
    const line = JSON.stringify([
      utterance.text,
      scene.objects.map((each) => each.id),
      scene.route?.pois.map((each) => each.name),
    ]);
    if (seen.has(line)) return;
    seen.add(line);
    try {
      writer.add(example, promptOf(example), await answers.tokens(example));
    } catch (error) {
      throw new CodriverError('BAD_ARGUMENT', `${template.id}: ${CodriverError.from(error).message}`, {
        cause: error,
      });
    }
  };

  // Languages in equal parts, however many templates each has.
  const languages = LANGUAGES.filter((language) => values.languages.split(',').includes(language));
  for (const language of languages) {
    const own = training.filter((each) => each.language === language);
    if (own.length === 0) continue;
    const goal = splits.train.size + Math.floor(wanted / languages.length);
    while (splits.train.size < goal) {
      for (const each of random.shuffled(
        own.flatMap((each) => Array<Sorted>(weightOf(each.template)).fill(each)),
      )) {
        if (splits.train.size >= goal) break;
        await draw(each, splits.train);
        if (splits.train.size % 2000 === 0)
          process.stderr.write(`${splits.train.size} of ${wanted} examples\n`);
      }
    }
  }
  for (let round = 0; round < 3; round++) for (const each of held) await draw(each, splits.held);

  for (const { id, scene, dialogue, utterance, accepted } of readEvalSet('dev', Config.parse({}))) {
    if (!values.languages.includes(utterance.language)) continue;
    for (const proposal of accepted) {
      const answer = withShortNames(proposal, scene);
      if (answer === undefined) continue;
      const example = {
        template: id,
        language: utterance.language,
        scene,
        dialogue,
        utterance,
        proposal,
        answer,
      };
      // An acceptable answer that the grammar can't write (a name that was not said) is no aim.
      const tokens = await answers.tokens(example).catch(() => undefined);
      if (tokens !== undefined) splits.dev.add(example, promptOf(example), tokens, id);
    }
  }

  await mkdir(values.out, { recursive: true });
  for (const [name, writer] of Object.entries(splits)) {
    await writeFile(path.join(values.out, `${name}.bin.gz`), gzipSync(writer.bytes()));
    await writeFile(path.join(values.out, `${name}.jsonl.gz`), gzipSync(writer.lines.join('\n')));
    process.stderr.write(`${name}: ${writer.size} examples\n`);
  }
}

await main();
