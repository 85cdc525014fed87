/** Takes back a subscription; calling it again does nothing. */
export type Unsubscribe = () => void;

/**
 * A typed bus inside one process: what is published reaches every subscriber of
 * the topic at once, in the order they subscribed. `Topics` maps topic names to
 * message types.
 */
export class Bus<Topics extends object> {
  readonly #subscribers = new Map<keyof Topics, Set<{ readonly receive: (message: never) => void }>>();

  /** Calls `receive` with every message of `topic` from now on. */
  subscribe<T extends keyof Topics>(topic: T, receive: (message: Topics[T]) => void): Unsubscribe {
    const subscriber = { receive };
    let subscribers = this.#subscribers.get(topic);
    if (subscribers === undefined) {
      subscribers = new Set();
      this.#subscribers.set(topic, subscribers);
    }
    subscribers.add(subscriber);
    return () => subscribers.delete(subscriber);
  }

  /**
   * Hands `message` to the topic's subscribers. Every one gets it even where one
   * throws; the first error is thrown when all have been called.
   */
  publish<T extends keyof Topics>(topic: T, message: Topics[T]): void {
    const errors: unknown[] = [];
    for (const subscriber of [...(this.#subscribers.get(topic) ?? [])]) {
      try {
        (subscriber.receive as (message: Topics[T]) => void)(message);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
