import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import {
  CodriverError,
  type Config,
  type Dialogue,
  Language,
  type Proposal,
  type Scene,
  type Utterance,
} from '../domain/index.ts';
import { detectLanguage } from '../io/language.ts';
import { exampleScene, parseSceneFile } from '../scene/index.ts';
import { parseNotation } from './notation.ts';
import { heardUtterance, talkOf } from './talk.ts';

const Notation = z.string().min(1);

/** One line of an evaluation set, as docs/model.md describes it. */
const Entry = z.strictObject({
  id: z.string().min(1),
  category: z.string().min(1),
  /** A name of `scenes.yaml` beside the set; left out: the example scene. */
  scene: z.string().optional(),
  say: z.string().min(1).max(2000),
  language: Language.optional(),
  voice: z.enum(['say', 'radio', 'outside']).default('say'),
  alternatives: z.array(z.string().min(1)).default([]),
  before: z.array(z.strictObject({ said: z.string().min(1), meant: Notation })).default([]),
  /** Every acceptable answer, the best first. */
  expect: z.array(Notation).min(1),
  /** Must never be carried out, whatever else is answered. */
  mustRefuse: z.boolean().default(false),
});

/** One utterance of an evaluation set, ready for the product. */
export interface EvalCase {
  readonly id: string;
  readonly category: string;
  readonly scene: Scene;
  readonly dialogue: Dialogue;
  readonly utterance: Utterance;
  readonly accepted: readonly Proposal[];
  readonly mustRefuse: boolean;
}

const FOLDER = fileURLToPath(new URL('../../models/eval/', import.meta.url));

/** The sets that are shipped; `dev` is both languages. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  'dev-en': ['dev-en.yaml'],
  'dev-ja': ['dev-ja.yaml'],
  dev: ['dev-en.yaml', 'dev-ja.yaml'],
};

/** Names of the sets that are shipped. */
export const EVAL_SET_NAMES: readonly string[] = Object.keys(NAMED);

/**
 * The cases of a shipped set, or of a YAML or JSON file of one's own. Errors: NOT_FOUND, BAD_EVAL_SET naming file,
 * entry and what is wrong with it.
 */
export function readEvalSet(nameOrPath: string, config: Config): EvalCase[] {
  const files = NAMED[nameOrPath]?.map((file) => path.join(FOLDER, file)) ?? [path.resolve(nameOrPath)];
  const cases = files.flatMap((file) => readFile(file, nameOrPath, config));
  const ids = new Set<string>();
  for (const { id } of cases) {
    if (ids.has(id)) throw badSet(nameOrPath, `The id ${id} stands there twice.`);
    ids.add(id);
  }
  return cases;
}

function badSet(name: string, why: string, cause?: unknown): CodriverError {
  return new CodriverError('BAD_EVAL_SET', `The evaluation set ${name} can not be used. ${why}`, {
    remedy: 'Mend that entry; docs/model.md describes the format.',
    cause,
  });
}

function readYaml(file: string, name: string): unknown {
  if (!existsSync(file)) {
    throw new CodriverError('NOT_FOUND', `There is no evaluation set ${name}.`, {
      remedy: `Name one of ${EVAL_SET_NAMES.join(', ')}, or the path of a YAML or JSON file.`,
    });
  }
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const [first] = String(cause instanceof Error ? cause.message : cause).split('\n');
    const is = (cause as { code?: unknown }).code === 'EISDIR' ? 'is a folder' : 'is neither YAML nor JSON';
    throw badSet(name, `${path.basename(file)} ${is}: ${first}`, cause);
  }
}

function readFile(file: string, name: string, config: Config): EvalCase[] {
  const entries = readYaml(file, name);
  if (!Array.isArray(entries)) throw badSet(name, 'It is no list of utterances.');
  if (entries.length === 0) throw badSet(name, 'It has no utterances.');
  const scenes = new Map<string, Scene>();
  const scenesFile = path.join(path.dirname(file), 'scenes.yaml');
  const known = existsSync(scenesFile) ? (readYaml(scenesFile, name) as Record<string, unknown>) : {};
  const sceneCalled = (called: string, id: string): Scene => {
    let scene = scenes.get(called);
    if (scene === undefined) {
      if (!Object.hasOwn(known ?? {}, called))
        throw badSet(name, `${id} names the scene ${called}, which is not in scenes.yaml beside the set.`);
      try {
        scene = parseSceneFile(`${stringify(known[called])}\n`);
      } catch (error) {
        throw badSet(name, `The scene ${called} of scenes.yaml: ${CodriverError.from(error).message}`, error);
      }
      scenes.set(called, scene);
    }
    return scene;
  };
  return entries.map((raw: unknown, index) => {
    const checked = Entry.safeParse(raw);
    if (!checked.success) {
      const issue = checked.error.issues[0];
      const id = z.object({ id: z.string() }).safeParse(raw).data?.id ?? `entry ${index + 1}`;
      throw badSet(name, `${id} is wrong at ${issue?.path.join('.') || 'the top'}: ${issue?.message}.`);
    }
    const entry = checked.data;
    const scene = entry.scene === undefined ? exampleScene() : sceneCalled(entry.scene, entry.id);
    try {
      return toCase(entry, scene, config);
    } catch (error) {
      throw badSet(name, `${entry.id}: ${CodriverError.from(error).message}`, error);
    }
  });
}

function toCase(entry: z.infer<typeof Entry>, scene: Scene, config: Config): EvalCase {
  const language = entry.language ?? detectLanguage(entry.say);
  const { voice, alternatives: readings } = entry;
  const utterance = (text: string, id: string): Utterance =>
    heardUtterance({ id, stampNs: scene.stampNs, text, language, voice, readings });
  const earlier = entry.before.map(({ said, meant }, index) => ({
    utterance: utterance(said, `${entry.id}-${index}`),
    meant: parseNotation(meant),
  }));
  return {
    id: entry.id,
    category: entry.category,
    scene,
    dialogue: talkOf(earlier, scene, config),
    utterance: utterance(entry.say, entry.id),
    accepted: entry.expect.map(parseNotation),
    mustRefuse: entry.mustRefuse,
  };
}
