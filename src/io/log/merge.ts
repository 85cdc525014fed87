import type { TimeNs } from '../../domain/index.ts';

/** Anything that a log holds. */
export interface Timed {
  readonly logTimeNs: TimeNs;
}

interface Input<T> {
  readonly iterator: AsyncIterator<T>;
  head: T;
}

/**
 * Several streams, each by log time, as one by log time. Equal times come in the order of the streams.
 * One message of each is held. When the reader stops early or a stream fails, all are closed.
 */
export async function* mergeByTime<T extends Timed>(streams: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  if (streams.length === 1) {
    yield* streams[0]!;
    return;
  }
  const open = new Set<AsyncIterator<T>>();
  try {
    const inputs: Input<T>[] = [];
    for (const stream of streams) {
      const iterator = stream[Symbol.asyncIterator]();
      open.add(iterator);
      const first = await iterator.next();
      if (first.done === true) open.delete(iterator);
      else inputs.push({ iterator, head: first.value });
    }
    while (inputs.length > 0) {
      const input = earliest(inputs);
      yield input.head;
      const following = await input.iterator.next();
      if (following.done === true) {
        open.delete(input.iterator);
        inputs.splice(inputs.indexOf(input), 1);
      } else input.head = following.value;
    }
  } finally {
    await Promise.allSettled([...open].map((iterator) => iterator.return?.()));
  }
}

/** By a linear look: logs of one drive are few. */
function earliest<T extends Timed>(inputs: readonly Input<T>[]): Input<T> {
  let first = inputs[0]!;
  for (const input of inputs) if (input.head.logTimeNs < first.head.logTimeNs) first = input;
  return first;
}
