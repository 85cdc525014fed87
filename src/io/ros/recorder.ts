import { CodriverError, type TimeNs } from '../../domain/index.ts';
import { RawWriter } from '../log/raw-writer.ts';
import { messageText } from '../ros-messages/message-texts.ts';
import type { Hearing, RosNode } from './ros-node.ts';
import { INPUTS, OUTPUTS, type Qos } from './topics.ts';

/** How often the graph is asked for topics that have come. */
const LOOK_MS = 500;

/** Bytes that wait for the disk at most; what comes then is lost, and counted. */
const MOST_WAITING_BYTES = 256e6;

/** Topics of every node that say nothing of a drive. */
const HOUSEKEEPING = /\/(parameter_events|rosout|clock|transition_event)$/;

/** Of topics that no table names. */
const OTHERS: Qos = { reliability: 'best_effort', durability: 'volatile', depth: 100 };

export interface RecorderOptions {
  readonly node: RosNode;
  readonly location: string;
  /** Name of the node whose ears and mouth are recorded, with its namespace: `/codriver`. */
  readonly of: string;
  /** More topics, by name. */
  readonly topics: readonly string[];
  readonly nowNs: () => TimeNs;
  readonly onTopic: (topic: string, type: string) => void;
  readonly onLeftOut: (topic: string, why: string) => void;
  /** The recording can't go on. */
  readonly onFailure: (error: CodriverError) => void;
}

/**
 * Records what a node hears and says, as it was sent. Topics are found on the graph, under whatever names they were
 * remapped to, and added as they come.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #writer: RawWriter;
  readonly #hearings = new Map<string, Hearing | null>();
  readonly #looking: NodeJS.Timeout;
  #last: Promise<unknown> = Promise.resolve();
  #waitingBytes = 0;
  #failed = false;
  messages = 0;
  lost = 0;

  private constructor(options: RecorderOptions, writer: RawWriter) {
    this.#options = options;
    this.#writer = writer;
    this.#look();
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
  }

  /** @throws CodriverError LOG_WRITE_FAILED, DISK_FULL */
  static async open(options: RecorderOptions): Promise<Recorder> {
    return new Recorder(options, await RawWriter.create(options.location, { chunkNs: 250_000_000n }));
  }

  /** Topics that are recorded. */
  get topics(): number {
    return [...this.#hearings.values()].filter((hearing) => hearing !== null).length;
  }

  /** Writes what waits and ends the file. Errors: DISK_FULL, LOG_WRITE_FAILED. */
  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#options.node.pause();
    for (const hearing of this.#hearings.values()) hearing?.close();
    await this.#last;
    await this.#writer.close();
  }

  #look(): void {
    const { node, of, topics } = this.#options;
    const fresh = [...found(node, of, topics)].filter(
      ([topic, type]) => !this.#hearings.has(keyOf(topic, type)),
    );
    if (fresh.length === 0) return;
    node.pause();
    for (const [topic, type] of fresh) this.#hearings.set(keyOf(topic, type), this.#hear(topic, type));
    node.spin();
  }

  #hear(topic: string, type: string): Hearing | null {
    const { node, onTopic, onLeftOut } = this.#options;
    try {
      const channel = this.#writer.addChannel({
        topic,
        messageEncoding: 'cdr',
        schemaName: type,
        schemaEncoding: 'ros2msg',
        schemaData: new TextEncoder().encode(messageText(type)),
        metadata: new Map(),
      });
      let sequence = 0;
      const hearing = node.hear({
        topic,
        type,
        qos: { ...qosOf(type), depth: 100 },
        onMessage: (data) => this.#write(channel, data, sequence++),
        onLost: (count) => {
          this.lost += count;
        },
      });
      onTopic(topic, type);
      return hearing;
    } catch (error) {
      onLeftOut(topic, (error as Error).message);
      return null;
    }
  }

  #write(channel: number, data: Uint8Array, sequence: number): void {
    if (this.#failed) return;
    if (this.#waitingBytes + data.length > MOST_WAITING_BYTES) {
      this.lost += 1;
      return;
    }
    this.#waitingBytes += data.length;
    const logTimeNs = this.#options.nowNs();
    const message = { logTimeNs, publishTimeNs: logTimeNs, sequence, data };
    this.#last = this.#last
      .then(() => this.#writer.write(channel, message))
      .then(() => {
        this.messages += 1;
      })
      .catch((error: unknown) => {
        if (this.#failed) return;
        this.#failed = true;
        this.#options.onFailure(CodriverError.from(error, 'LOG_WRITE_FAILED'));
      })
      .finally(() => {
        this.#waitingBytes -= data.length;
      });
  }
}

/** One topic may have been seen with two types. */
function keyOf(topic: string, type: string): string {
  return `${topic}\n${type}`;
}

/** Topics with their types: what a node hears and says, and those named. */
function found(node: RosNode, of: string, topics: readonly string[]): Map<string, string> {
  const { native } = node;
  const at = of.lastIndexOf('/');
  const [namespace, name] = [at <= 0 ? '/' : of.slice(0, at), of.slice(at + 1)];
  const types = new Map<string, string>();
  const isThere = native
    .getNodeNamesAndNamespaces()
    .some((one) => one.name === name && one.namespace === namespace);
  if (isThere)
    for (const { name: topic, types: own } of [
      ...native.getSubscriptionNamesAndTypesByNode(name, namespace),
      ...native.getPublisherNamesAndTypesByNode(name, namespace),
    ])
      if (!HOUSEKEEPING.test(topic) && own[0] !== undefined) types.set(topic, own[0]);
  if (topics.length > 0)
    for (const { name: topic, types: own } of native.getTopicNamesAndTypes())
      if (topics.includes(topic) && own[0] !== undefined) types.set(topic, own[0]);
  return types;
}

/** As the node itself asks for it: what reaches the one reaches the other. */
function qosOf(type: string): Qos {
  const known = [...INPUTS, ...Object.values(OUTPUTS)].find((one) => one.type === type);
  return known?.qos ?? OTHERS;
}
