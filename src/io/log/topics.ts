import { CodriverError, type TopicRole } from '../../domain/index.ts';
import { CONVERSIONS } from '../ros-messages/from-ros.ts';

/** One topic of a log and what it is used for. */
export interface TopicInfo {
  readonly name: string;
  /** `package/msg/Name`. */
  readonly type: string;
  /** Of the messages and of the schema: `cdr/ros2msg`. */
  readonly encoding: string;
  readonly count: number;
  /** What codriver takes it for; null where it is not read. */
  readonly role: TopicRole | null;
  /** Why it is not read; null where it is. */
  readonly why: string | null;
}

/** A topic before its role is known. */
export type FoundTopic = Omit<TopicInfo, 'role' | 'why'>;

/** Roles that one topic serves alone: two sources of one state would contradict each other. */
const SOLE_ROLES: readonly TopicRole[] = ['vehicle', 'gnss', 'route', 'planner'];

/** The only encoding that is read; rosbag2 writes it. */
const READABLE_ENCODING = 'cdr/ros2msg';

const RANKED_TYPES = Object.keys(CONVERSIONS);

/**
 * Gives every topic its role: the configuration's, else by message type. Where
 * several could serve a sole role, the best type wins, then the one with more
 * messages, then the first by name.
 *
 * @param overrides `config.topics`, topic name → role; topics that the log lacks are ignored
 * @throws CodriverError BAD_MESSAGE for an override that the topic's type cannot serve
 */
export function assignRoles(
  path: string,
  topics: readonly FoundTopic[],
  overrides: Readonly<Record<string, TopicRole>>,
): TopicInfo[] {
  const candidates = topics.map((topic) => candidate(path, topic, overrides[topic.name]));
  return candidates.map((topic) => {
    const { role } = topic;
    if (role === null || !SOLE_ROLES.includes(role) || overrides[topic.name] === role) return topic;
    const rivals = candidates.filter((other) => other.role === role);
    const chosen = rivals.find((other) => overrides[other.name] === role) ?? rivals.toSorted(byFitness)[0]!;
    if (chosen === topic) return topic;
    const why = `${chosen.name} serves as ${role}; name this topic under \`topics\` in the configuration to use it`;
    return { ...topic, role: null, why };
  });
}

function candidate(path: string, topic: FoundTopic, override: TopicRole | undefined): TopicInfo {
  const conversion = CONVERSIONS[topic.type];
  let why: string | null = null;
  if (conversion === undefined) why = `no role reads messages of type ${topic.type}`;
  else if (topic.encoding !== READABLE_ENCODING) {
    why = `its encoding is ${topic.encoding}, and only ${READABLE_ENCODING} is read`;
  } else if (topic.type === 'std_msgs/msg/String' && override === undefined && !isSpeechName(topic.name)) {
    why = 'a plain string is taken for speech only where the name says so (speech, utterance, asr)';
  }
  if (override === undefined) return { ...topic, role: why === null ? conversion!.role : null, why };
  if (why === null && conversion!.role !== override) why = `messages of type ${topic.type} cannot serve it`;
  if (why === null) return { ...topic, role: override, why };
  const expected = RANKED_TYPES.filter((type) => CONVERSIONS[type]!.role === override);
  throw new CodriverError(
    'BAD_MESSAGE',
    `Topic ${topic.name} of log ${path}, type ${topic.type}, cannot be read as ${override}: ${why}.`,
    {
      remedy: `Under \`topics\` in the configuration give it another role, or name a topic of type ${expected.join(' or ')} for ${override}.`,
      details: { topic: topic.name, type: topic.type, role: override, expected },
    },
  );
}

function isSpeechName(topic: string): boolean {
  return /speech|utterance|asr/i.test(topic);
}

function byFitness(a: TopicInfo, b: TopicInfo): number {
  return (
    RANKED_TYPES.indexOf(a.type) - RANKED_TYPES.indexOf(b.type) ||
    b.count - a.count ||
    (a.name < b.name ? -1 : 1)
  );
}
