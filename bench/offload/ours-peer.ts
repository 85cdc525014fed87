import { parseArgs } from 'node:util';
import { loadLanguageModel, parsePercentages } from '../../src/llm/index.ts';
import { say } from './peer-line.ts';

// Runs in a process of its own: ours-peer.ts MODEL [options]. Prints `PeerLine`s.
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    answers: { type: 'string', default: '1' },
    prompt: { type: 'string', default: '8' },
    tokens: { type: 'string', default: '8' },
    'cpu-mem': { type: 'string' },
    percent: { type: 'string' },
    'nvme-dir': { type: 'string' },
  },
});
const start = performance.now();
const offload =
  values['nvme-dir'] === undefined
    ? undefined
    : {
        nvmeDir: values['nvme-dir'],
        ...(values['cpu-mem'] !== undefined && { cpuMemBytes: Number(values['cpu-mem']) }),
        ...(values.percent !== undefined && { percentages: parsePercentages(values.percent, 0) }),
      };
const model = await loadLanguageModel({ file: positionals[0] as string, ...(offload && { offload }) });
say('loaded', performance.now() - start);
let text = '';
while (model.countTokens(text) < Number(values.prompt)) text += 'a b ';
for (let answer = 0; answer < Number(values.answers); answer++) {
  // Prompts that begin alike would find their tokens in the cache.
  const prompt = `${answer} ${text}`;
  const { prefillMs, decodeMs, tokens } = await model.generate({ prompt, maxTokens: Number(values.tokens) });
  say('prompt', prefillMs);
  for (let token = 1; token < tokens.length; token++) say('token', decodeMs / (tokens.length - 1));
}
process.stderr.write(
  `${JSON.stringify({ placement: model.info.placement, statistics: await model.statistics() })}\n`,
);
await model.close();
