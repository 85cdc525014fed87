import { mock } from 'node:test';
import { main } from '../../src/cli/main.ts';

/** How a command ended, and what it printed. */
export interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process, as the binary would; a start of the binary costs a second or two. */
export async function runMain(...args: string[]): Promise<Run> {
  const output = { stdout: '', stderr: '' };
  const mocks = (['stdout', 'stderr'] as const).map((stream) => {
    const write = process[stream].write.bind(process[stream]);
    return mock.method(process[stream], 'write', (data: string | Uint8Array) => {
      // The test runner's own reports are bytes.
      if (typeof data !== 'string') return write(data);
      output[stream] += data;
      return true;
    });
  });
  try {
    process.exitCode = undefined;
    return { status: await main(args), ...output };
  } finally {
    process.exitCode = undefined;
    for (const { mock: method } of mocks) method.restore();
  }
}
