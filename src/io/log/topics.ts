import { CodriverError, type TopicRole } from '../../domain/index.ts';
import { CONVERSIONS } from '../ros-messages/from-ros.ts';

/** One topic of a log and what it is used for. */
export interface TopicInfo {
  readonly name: string;
  /** `package/msg/Name`. */
  readonly type: string;
  /** Of the messages and of the schema: `cdr/ros2msg`. */
  readonly encoding: string;
  /** Its messages; 0 where the container does not say and only reading would tell. */
  readonly count: number;
  /** Path or URL of the log it is in. */
  readonly log: string;
  /** What codriver takes it for; null where it is not read. */
  readonly role: TopicRole | null;
  /** Why it is not read; null where it is. */
  readonly why: string | null;
}

/** A topic before its role is known. */
export interface FoundTopic {
  readonly name: string;
  readonly type: string;
  readonly count: number;
  readonly log: string;
  /** Why its messages can't be decoded; null where they can. */
  readonly undecodable: string | null;
}

/** What a topic is used for. */
export type Assignment = Pick<TopicInfo, 'role' | 'why'>;

/** Roles that one topic serves alone: two sources of one state would contradict each other. */
const SOLE_ROLES: readonly TopicRole[] = ['vehicle', 'gnss', 'route', 'planner'];

const RANKED_TYPES = Object.keys(CONVERSIONS);

/** One topic as all logs have it. */
interface Candidate extends FoundTopic, Assignment {}

/** A topic with the same name and type in several logs is one. */
export function topicKey(topic: Pick<FoundTopic, 'name' | 'type'>): string {
  return `${topic.name}\n${topic.type}`;
}

/**
 * Gives every topic its role, over all logs together: the configuration's, else by message type. Where
 * several could serve a sole role, the best type wins, then the one with more messages, then the first by
 * name.
 *
 * @param overrides `config.topics`, topic name → role; topics that the logs lack are ignored
 * @returns by {@link topicKey}
 * @throws CodriverError BAD_MESSAGE for an override that the topic's type cannot serve
 */
export function assignRoles(
  topics: readonly FoundTopic[],
  overrides: Readonly<Record<string, TopicRole>>,
): Map<string, Assignment> {
  const candidates = joined(topics).map((topic) => candidate(topic, overrides[topic.name]));
  return new Map(candidates.map((topic) => [topicKey(topic), settle(topic, candidates, overrides)] as const));
}

function joined(topics: readonly FoundTopic[]): FoundTopic[] {
  const byKey = new Map<string, FoundTopic>();
  for (const topic of topics) {
    const known = byKey.get(topicKey(topic));
    byKey.set(
      topicKey(topic),
      known === undefined
        ? topic
        : {
            ...known,
            count: known.count + topic.count,
            undecodable: known.undecodable === null ? null : topic.undecodable,
          },
    );
  }
  return [...byKey.values()];
}

function settle(
  topic: Candidate,
  candidates: readonly Candidate[],
  overrides: Readonly<Record<string, TopicRole>>,
): Assignment {
  const { role, why } = topic;
  if (role === null || !SOLE_ROLES.includes(role) || overrides[topic.name] === role) return { role, why };
  const rivals = candidates.filter((other) => other.role === role);
  const chosen = rivals.find((other) => overrides[other.name] === role) ?? rivals.toSorted(byFitness)[0]!;
  if (chosen === topic) return { role, why };
  return {
    role: null,
    why: `${chosen.name} serves as ${role}; name this topic under \`topics\` in the configuration to use it`,
  };
}

function candidate(topic: FoundTopic, override: TopicRole | undefined): Candidate {
  const byType = CONVERSIONS[topic.type]?.role ?? null;
  let why = topic.undecodable;
  if (byType === null) {
    const type = topic.type === '' ? 'without a type' : `of type ${topic.type}`;
    why ??= `no role reads messages ${type}`;
  } else if (topic.type === 'std_msgs/msg/String' && override === undefined && !isSpeechName(topic.name)) {
    why ??= 'a plain string is taken for speech only where the name says so (speech, utterance, asr)';
  }
  if (override === undefined) return { ...topic, role: why === null ? byType : null, why };
  if (why === null && byType !== override) why = `messages of type ${topic.type} cannot serve it`;
  if (why === null) return { ...topic, role: override, why };
  const expected = RANKED_TYPES.filter((type) => CONVERSIONS[type]!.role === override);
  throw new CodriverError(
    'BAD_MESSAGE',
    `Topic ${topic.name} of log ${topic.log}, type ${topic.type}, cannot be read as ${override}: ${why}.`,
    {
      remedy: `Under \`topics\` in the configuration give it another role, or name a topic of type ${expected.join(' or ')} for ${override}.`,
      details: { topic: topic.name, type: topic.type, role: override, expected },
    },
  );
}

function isSpeechName(topic: string): boolean {
  return /speech|utterance|asr/i.test(topic);
}

function byFitness(a: Candidate, b: Candidate): number {
  return (
    RANKED_TYPES.indexOf(a.type) - RANKED_TYPES.indexOf(b.type) ||
    b.count - a.count ||
    (a.name < b.name ? -1 : 1)
  );
}
