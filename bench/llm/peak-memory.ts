import { readFileSync } from 'node:fs';
import { loadLanguageModel } from '../../src/llm/index.ts';
import { PROMPTS } from './prompts.ts';

// Runs in a process of its own: prints the peak resident memory in MB after loading, prompts and a schema. The
// CommonJS loader of tsx, as in the worker threads: the ESM one is a thread of 15 MB that is not the runtime's.
async function measure(): Promise<void> {
  const model = await loadLanguageModel({ file: process.argv.at(-1) as string });
  const schema = {
    type: 'object',
    properties: { answer: { type: 'string', maxLength: 20 }, sure: { type: 'boolean' } },
    required: ['answer', 'sure'],
    additionalProperties: false,
  };
  for (const prompt of PROMPTS.slice(0, 4)) {
    await model.generate({ prompt, maxTokens: 64 });
    await model.generate({ prompt, maxTokens: 64, schema });
  }
  model.countTokens('one');
  await model.close();
  const peakKib = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  console.log(Number(peakKib) / 1000);
}
void measure();
