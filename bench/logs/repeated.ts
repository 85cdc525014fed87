import { openRawLog } from '../../src/io/log/open-raw-log.ts';
import type { RawMessage } from '../../src/io/log/raw-log.ts';

/** The messages of a log over and over, each time later by its span, until they hold `bytes`. */
export async function* repeatedMessages(logPath: string, bytes: number): AsyncGenerator<RawMessage> {
  const log = await openRawLog(logPath);
  const messages: RawMessage[] = [];
  for await (const message of log.messages()) messages.push({ ...message, data: message.data.slice() });
  const spanNs = log.endNs - log.startNs + 100_000_000n;
  await log.close();
  let written = 0;
  for (let round = 0n; ; round++) {
    for (const message of messages) {
      const logTimeNs = message.logTimeNs + round * spanNs;
      yield { ...message, logTimeNs, publishTimeNs: logTimeNs };
      written += message.data.length;
      if (written >= bytes) return;
    }
  }
}
