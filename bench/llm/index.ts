import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadLanguageModel } from '../../src/llm/index.ts';
import { resolveModel } from '../../src/models/index.ts';
import { type BenchRow, median } from '../row.ts';
import { compareGreedy, selfAgreement, TIE } from './equality.ts';
import { writeFloatCopy } from './float-copy.ts';
import { openPeer, type Peer } from './llama-cpp.ts';
import { PROMPTS } from './prompts.ts';
import { schemaRows } from './schema.ts';

const THREADS = 2;
const DECODED = 64;
const PEER = 'node-llama-cpp 3.22.1';

/** Decode and prefill speed against llama.cpp, peak memory, and greedy tokens that are equal. */
export async function run(options: { json: boolean; rounds?: number }): Promise<BenchRow[]> {
  const rounds = options.rounds ?? 5;
  const file = await resolveModel('smollm2-135m-instruct');
  const ours = await loadLanguageModel({ file, threads: THREADS });
  const peer = await openPeer(file, THREADS);
  const speed = { decode: [[], []] as [number[], number[]], prefill: [[], []] as [number[], number[]] };
  // One round more than counted: the first warms both up.
  for (let round = 0; round <= rounds; round++) {
    const prompt = longPrompt(round);
    const mine = await ours.generate({ prompt, maxTokens: DECODED });
    const theirs = await peer.generate(peer.tokenize(prompt), DECODED);
    if (round === 0) continue;
    speed.decode[0].push((1000 * (mine.decodedTokens - 1)) / mine.decodeMs);
    speed.decode[1].push((1000 * (theirs.tokens.length - 1)) / theirs.decodeMs);
    speed.prefill[0].push((1000 * mine.promptTokens) / mine.prefillMs);
    speed.prefill[1].push((1000 * mine.promptTokens) / theirs.prefillMs);
  }
  const rows: BenchRow[] = [];
  for (const [name, [mine, theirs]] of Object.entries(speed)) {
    const value = median(mine);
    rows.push(row(`smollm2-${name}`, 'tokens_per_s', '1/s', value, value / median(theirs), PEER, rounds));
  }
  rows.push(...(await schemaRows(ours)));
  await ours.close();
  rows.push(...(await greedyRows(file, peer)));
  await peer.close();
  rows.push(...(await floatRows(file)));
  const limitMb = 1.7 * (statSync(file).size / 1e6) + 200;
  const peakMb = peakMemoryMb(file);
  rows.push(row('smollm2-memory', 'rss_mb', 'MB', peakMb, limitMb / peakMb, 'limit 1.7 × file + 200 MB'));
  return rows;
}

/**
 * Greedy tokens against llama.cpp's. Both round activations to 8 bits in every product, so a difference in the last
 * bit of one flips roundings in the next; llama.cpp with and without flash attention shows how far that goes.
 */
async function greedyRows(file: string, peer: Peer): Promise<BenchRow[]> {
  const compared = await compareGreedy(file, peer, PROMPTS, DECODED);
  const positions = compared.reduce((sum, one) => sum + one.tokens.length, 0);
  const margins = compared.flatMap((one) => one.margins);
  const equal = compared.filter((one) => one.margins.every((margin) => margin < TIE)).length;
  const same = 1 - margins.filter((margin) => margin >= TIE).length / positions;
  const other = await openPeer(file, THREADS, { flashAttention: false });
  const self = await selfAgreement(other, compared, PROMPTS, DECODED);
  await other.close();
  const worst = Math.max(0, ...margins);
  return [
    row('smollm2-greedy', 'equal_prompts', 'prompts', equal, equal / PROMPTS.length),
    row(
      'smollm2-greedy',
      'peer_self_equal_prompts',
      'prompts',
      self,
      self / PROMPTS.length,
      `${PEER}, flash attention off`,
    ),
    row('smollm2-greedy', 'equal_tokens', 'fraction', same, same),
    row('smollm2-greedy', 'worst_margin', 'logit', worst, TIE / worst, `tie below ${TIE}`),
  ];
}

/** The same weights as 32-bit floats: neither runtime rounds activations, so the tokens must be the same. */
async function floatRows(file: string): Promise<BenchRow[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'codriver-bench-'));
  try {
    const copy = path.join(folder, 'float.gguf');
    await writeFloatCopy(file, copy);
    const peer = await openPeer(copy, THREADS);
    const compared = await compareGreedy(copy, peer, PROMPTS, DECODED);
    await peer.close();
    const equal = compared.filter((one) => one.margins.every((margin) => margin < TIE)).length;
    const peerName = `${PEER}, weights as floats`;
    return [row('smollm2-greedy-float', 'equal_prompts', 'prompts', equal, equal / PROMPTS.length, peerName)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function row(
  name: string,
  metric: string,
  unit: string,
  value: number,
  ratio: number,
  peer = PEER,
  rounds = 1,
): BenchRow {
  return { bench: 'llm', case: name, metric, value, unit, peer, ratio, rounds };
}

/** About 200 tokens that differ from round to round from the first word on, so that no cache helps. */
function longPrompt(round: number): string {
  const facts = Array.from(
    { length: 12 },
    (_, i) => `Sign ${i + 1} on road ${round * 31 + i} says ${20 + 5 * i} km/h.`,
  );
  return `<|im_start|>user\n${round}: ${facts.join(' ')} Tell a long story about this road.<|im_end|>\n<|im_start|>assistant\n`;
}

function peakMemoryMb(file: string): number {
  const script = fileURLToPath(new URL('./peak-memory.ts', import.meta.url));
  return Number(
    execFileSync(
      process.execPath,
      ['--eval', `require('tsx/cjs'); require(${JSON.stringify(script)})`, file],
      { encoding: 'utf8' },
    ),
  );
}
