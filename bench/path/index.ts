import { type LanguageModel, loadLanguageModel } from '../../src/llm/index.ts';
import { resolveModel } from '../../src/models/index.ts';
import { type BenchRow, quantile } from '../row.ts';
import { openRig, say, sleep } from './rig.ts';

const REFLEXES = 1000;
const REFLEX_GAP_MS = 20;
const THOUGHTS = 100;
/** Longer than the configuration's deadline. */
const LONGEST_THOUGHT_MS = 9000;

const WISHES = [
  ['次の信号を左に曲がって', 'ja'],
  ['let me out at the next corner', 'en'],
  ['もう少し車間をあけて', 'ja'],
  ['take me to a convenience store', 'en'],
  ['なんで止まったの', 'ja'],
] as const;

/** Both paths, live, message in to planner or verdict out, while a 720p camera plays. */
export async function run(_options: { json: boolean; rounds?: number }): Promise<BenchRow[]> {
  const model = await loadLanguageModel({ file: await resolveModel('smollm2-135m-instruct') });
  try {
    return [...(await reflexRows(model)), ...(await thoughtRows(model))];
  } finally {
    await model.close();
  }
}

/** From the utterance to the planner's answer over gRPC, while the model decodes without pause. */
async function reflexRows(model: LanguageModel): Promise<BenchRow[]> {
  const rig = await openRig(null, () => {});
  let running = true;
  const decoding = (async () => {
    while (running) await model.generate({ prompt: 'Once upon a time', maxTokens: 64 });
  })();
  const camera = rig.playCamera();
  const tookMs: number[] = [];
  for (let index = 0; index < REFLEXES; index++) {
    const [text, language] = index % 2 === 0 ? (['止まって', 'ja'] as const) : (['stop', 'en'] as const);
    const startedMs = performance.now();
    await rig.assistant.onUtterance(say(`u${index}`, text, language, rig.clock.nowNs()));
    tookMs.push(performance.now() - startedMs);
    await sleep(REFLEX_GAP_MS);
  }
  running = false;
  await Promise.all([decoding, camera.end()]);
  await rig.close();
  return [row('reflex', 'p50_ms', quantile(tookMs, 0.5)), row('reflex', 'p99_ms', quantile(tookMs, 0.99))];
}

/** From the utterance to the gate's verdict, and how many tokens the model decoded and had appended for it. */
async function thoughtRows(model: LanguageModel): Promise<BenchRow[]> {
  const tookMs: number[] = [];
  const decoded: number[] = [];
  const appended: number[] = [];
  let judged: (() => void) | undefined;
  const rig = await openRig(model, (entry) => {
    if (entry.type === 'proposal') {
      decoded.push(entry.decodedTokens ?? 0);
      appended.push(entry.appendedTokens ?? 0);
    }
    if (entry.type === 'verdict') judged?.();
  });
  const camera = rig.playCamera();
  for (let index = 0; index < THOUGHTS; index++) {
    const [text, language] = WISHES[index % WISHES.length]!;
    const verdict = new Promise<void>((resolve) => {
      judged = resolve;
    });
    const startedMs = performance.now();
    await rig.assistant.onUtterance(say(`t${index}`, text, language, rig.clock.nowNs()));
    await Promise.race([verdict, sleep(LONGEST_THOUGHT_MS)]);
    tookMs.push(performance.now() - startedMs);
  }
  await camera.end();
  await rig.close();
  return [
    row('thought', 'p50_ms', quantile(tookMs, 0.5), THOUGHTS),
    row('thought', 'p99_ms', quantile(tookMs, 0.99), THOUGHTS),
    { ...row('thought', 'decoded_tokens', quantile(decoded, 0.5), decoded.length), unit: 'tokens' },
    { ...row('thought', 'appended_tokens', quantile(appended, 0.5), appended.length), unit: 'tokens' },
  ];
}

function row(name: string, metric: string, value: number, rounds = REFLEXES): BenchRow {
  return { bench: 'path', case: name, metric, value, unit: 'ms', peer: '', ratio: Number.NaN, rounds };
}
