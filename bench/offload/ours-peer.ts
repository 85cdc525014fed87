import { parseArgs } from 'node:util';
import { loadLanguageModel, parsePercentages } from '../../src/llm/index.ts';
import { print, say, WORK_OPTIONS } from './peer-line.ts';

// Runs in a process of its own: ours-peer.ts MODEL [options]. Prints `PeerLine`s.
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    ...WORK_OPTIONS,
    'cpu-mem': { type: 'string' },
    percent: { type: 'string' },
    'nvme-dir': { type: 'string' },
  },
});
const [prompt, tokens] = [Number(values.prompt), Number(values.tokens)];
const offload = values['nvme-dir'] !== undefined && {
  nvmeDir: values['nvme-dir'],
  // Prompts are a few tokens longer than asked for.
  contextTokens: prompt + tokens + 32,
  ...(values['cpu-mem'] !== undefined && { cpuMemBytes: Number(values['cpu-mem']) }),
  ...(values.percent !== undefined && { percentages: parsePercentages(values.percent, 0) }),
};
const start = performance.now();
const model = await loadLanguageModel({ file: positionals[0] as string, ...(offload && { offload }) });
say('loaded', performance.now() - start);
let text = '';
while (model.countTokens(`${text}a `) < prompt) text += 'a ';
for (let answer = 0; answer < Number(values.answers); answer++) {
  // Prompts that begin alike would find their tokens in the cache.
  const answered = await model.generate({ prompt: `${answer} ${text}`, maxTokens: tokens });
  say('prompt', answered.prefillMs);
  const decoded = answered.tokens.length - 1;
  for (let token = 0; token < decoded; token++) say('token', answered.decodeMs / decoded);
}
const { segments } = model.info.placement ?? { segments: [] };
const bytesOf = (tiers: readonly string[]): number =>
  segments.filter(({ tier }) => tiers.includes(tier)).reduce((sum, { bytes }) => sum + bytes, 0);
const read = (await model.statistics()) ?? { readBytes: 0, readMs: 0, waitedMs: 0 };
print({ event: 'streamed', bytesPerPass: bytesOf(['nvme']), weightBytes: bytesOf(['nvme', 'cpu']), ...read });
await model.close();
