import { CodriverError, NS_PER_S, type TimeNs } from '../../domain/index.ts';
import type { DomainMessage } from '../ros-messages/domain-message.ts';
import type { InputReport } from './diagnostics.ts';
import { InputChannel } from './input-channel.ts';
import { LiveDecoder } from './live-decoder.ts';
import type { NodeSettings } from './parameters.ts';
import type { Hearing, RosNode } from './ros-node.ts';
import { INPUTS, type InputTopic } from './topics.ts';

/** A source of vehicle or route keeps out those below it in {@link INPUTS} for so long. */
const SOURCE_HOLDS_NS = NS_PER_S;

interface InputsOptions {
  readonly node: RosNode;
  readonly nowNs: () => TimeNs;
  /** In force now: depths may change. */
  readonly settings: () => NodeSettings;
  readonly take: (message: DomainMessage) => Promise<void>;
  /** Something is wrong with a topic; told once until it is well again. */
  readonly onFault: (error: CodriverError) => void;
}

interface OpenInput {
  readonly input: InputTopic;
  readonly hearing: Hearing;
  readonly channel: InputChannel;
  readonly decoder: LiveDecoder;
  readonly seen: {
    /** Of a publisher whose QoS does not fit. */
    incompatibleQos: string | undefined;
    /** Messages dropped or lost up to the last report. */
    missed: number;
  };
}

/** All that the node hears, while it is active. */
export class Inputs {
  readonly #options: InputsOptions;
  readonly #open: OpenInput[] = [];
  readonly #faulty = new Set<string>();
  /** The best source heard of late, by role. */
  readonly #sources = new Map<string, { readonly rank: number; readonly atNs: TimeNs }>();

  /** @throws CodriverError ROS_FAILED where a topic that is not optional can't be heard */
  constructor(options: InputsOptions) {
    this.#options = options;
    for (const [rank, input] of INPUTS.entries()) {
      try {
        this.#open.push(this.#hear(input, rank));
      } catch (error) {
        if (input.optional === true) continue;
        this.close();
        throw error;
      }
    }
  }

  /** What is known of the inputs with a role. */
  report(role: InputTopic['role']): InputReport[] {
    return this.#open
      .filter(({ input }) => input.role === role)
      .map(({ channel, hearing, seen }) => {
        const missed = channel.counts.dropped + channel.counts.lost;
        const recentlyMissed = missed - seen.missed;
        seen.missed = missed;
        return {
          topic: channel.topic,
          publishers: hearing.publisherCount(),
          lastNs: channel.lastNs,
          rateHz: channel.rateHz,
          p99Ms: channel.p99Ms,
          ...channel.counts,
          fault: channel.lastBad?.message,
          incompatibleQos: seen.incompatibleQos,
          recentlyMissed,
        };
      });
  }

  close(): void {
    for (const { hearing, channel, decoder } of this.#open) {
      hearing.close();
      channel.close();
      decoder.close();
    }
    this.#open.length = 0;
  }

  #hear(input: InputTopic, rank: number): OpenInput {
    const { node, nowNs, settings, take } = this.#options;
    const { type, role, qos } = input;
    const topic = node.native.resolveTopicName(input.name);
    const onBad = (error: CodriverError): void => this.#fault(topic, error);
    const decoder = new LiveDecoder(input, topic, (message) => void take(message), onBad);
    const channel = new InputChannel({
      topic,
      depth: () => decoder.depth(role === 'camera' ? settings().cameraDepth : settings().inputDepth),
      nowNs,
      decode: (cdr, atNs) => {
        const message = decoder.decode(cdr, atNs);
        this.#faulty.delete(topic);
        return message === null || this.#isOutranked(role, rank, atNs) ? null : message;
      },
      take,
      onBad,
    });
    const seen: OpenInput['seen'] = { incompatibleQos: undefined, missed: 0 };
    const hearing = node.hear({
      topic: input.name,
      type,
      qos,
      onMessage: (cdr) => channel.push(cdr),
      onLost: (count) => channel.lost(count),
      onIncompatibleQos: (policy) => {
        seen.incompatibleQos = policy;
        onBad(incompatible(topic, policy, qos.reliability));
      },
    });
    return { input, hearing, channel, decoder, seen };
  }

  /** Several sources of one state would contradict each other: the best that speaks is heard. */
  #isOutranked(role: InputTopic['role'], rank: number, atNs: TimeNs): boolean {
    if (role !== 'vehicle' && role !== 'route') return false;
    const best = this.#sources.get(role);
    if (best !== undefined && best.rank < rank && atNs - best.atNs < SOURCE_HOLDS_NS) return true;
    this.#sources.set(role, { rank, atNs });
    return false;
  }

  #fault(topic: string, error: CodriverError): void {
    if (this.#faulty.has(topic)) return;
    this.#faulty.add(topic);
    this.#options.onFault(error);
  }
}

function incompatible(topic: string, policy: string, reliability: string): CodriverError {
  return new CodriverError(
    'ROS_FAILED',
    `A publisher of ${topic} offers another ${policy} than is asked for, so nothing of it arrives.`,
    {
      remedy: `codriver asks for ${reliability}; let the publisher offer that (docs/ros.md).`,
    },
  );
}
