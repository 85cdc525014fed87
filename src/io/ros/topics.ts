import type { TopicRole } from '../../domain/index.ts';

/** Quality of service of a topic. */
export interface Qos {
  readonly reliability: 'reliable' | 'best_effort';
  readonly durability: 'volatile' | 'transient_local';
  /** Messages that are kept. */
  readonly depth: number;
}

/** Loses messages rather than waiting for them, as REP-2003 wants it for sensors. */
const SENSOR: Qos = { reliability: 'best_effort', durability: 'volatile', depth: 5 };
const RELIABLE: Qos = { reliability: 'reliable', durability: 'volatile', depth: 10 };
/** Deep enough that a flood reaches the input's own queue, where what is let go is counted. */
const HEARD: Qos = { ...RELIABLE, depth: 100 };
/** Who comes late gets the last one. */
const STATE: Qos = { reliability: 'reliable', durability: 'transient_local', depth: 1 };

/** A topic that the node hears. */
export interface InputTopic {
  readonly name: string;
  readonly type: string;
  readonly role: TopicRole;
  readonly qos: Qos;
  /** Carries a codec's packets, which its type does not tell. */
  readonly video?: true;
  /** Left out where its package is not installed. */
  readonly optional?: true;
  readonly about: string;
}

/**
 * What the node hears. One topic has one type, as DDS has it, so that the forms of one thing have names of their own.
 * Of several topics with the role `vehicle` or `route`, the first here counts that has been heard within a second.
 */
export const INPUTS: readonly InputTopic[] = [
  {
    name: '~/input/image/compressed',
    type: 'sensor_msgs/msg/CompressedImage',
    role: 'camera',
    qos: SENSOR,
    about: 'Camera, JPEG or PNG.',
  },
  {
    name: '~/input/image',
    type: 'sensor_msgs/msg/Image',
    role: 'camera',
    qos: SENSOR,
    about: 'Camera, raw: rgb8, bgr8, mono8, yuv422 and the other encodings of docs/messages.md.',
  },
  {
    name: '~/input/video',
    type: 'sensor_msgs/msg/CompressedImage',
    role: 'camera',
    qos: HEARD,
    video: true,
    about: 'Camera, as H.264 or H.265: `format` is h264 or h265, `data` one access unit in Annex B.',
  },
  {
    name: '~/input/video/foxglove',
    type: 'foxglove_msgs/msg/CompressedVideo',
    role: 'camera',
    qos: HEARD,
    optional: true,
    about: 'The same as Foxglove has it.',
  },
  {
    name: '~/input/video/ffmpeg',
    type: 'ffmpeg_image_transport_msgs/msg/FFMPEGPacket',
    role: 'camera',
    qos: HEARD,
    optional: true,
    about: 'The same as ffmpeg_image_transport has it.',
  },
  {
    name: '~/input/utterance',
    type: 'codriver_msgs/msg/Utterance',
    role: 'speech',
    qos: HEARD,
    about: 'What was heard, with who spoke and how sure the recogniser is.',
  },
  {
    name: '~/input/utterance/text',
    type: 'std_msgs/msg/String',
    role: 'speech',
    qos: HEARD,
    about: 'What was heard, bare: nobody is known to have spoken, so it can only make the car more careful.',
  },
  {
    name: '~/input/signs',
    type: 'codriver_msgs/msg/SignDetectionArray',
    role: 'signs',
    qos: HEARD,
    about: 'Signs found in a picture; the stamp is the picture’s.',
  },
  {
    name: '~/input/signs/detections',
    type: 'vision_msgs/msg/Detection2DArray',
    role: 'signs',
    qos: HEARD,
    optional: true,
    about: 'The same in standard messages: `class_id` is the sign’s type, such as JP:326-A.',
  },
  {
    name: '~/input/objects',
    type: 'codriver_msgs/msg/TrackedObjectArray',
    role: 'objects',
    qos: HEARD,
    about: 'Tracked objects in base_link.',
  },
  {
    name: '~/input/route',
    type: 'codriver_msgs/msg/RouteContext',
    role: 'route',
    qos: HEARD,
    about: 'Lanes, junctions and places ahead, where the planner does not tell over gRPC.',
  },
  {
    name: '~/input/vehicle',
    type: 'codriver_msgs/msg/VehicleState',
    role: 'vehicle',
    qos: HEARD,
    about: 'Speed, gear, mode, doors, indicators.',
  },
  {
    name: '~/input/twist',
    type: 'geometry_msgs/msg/TwistStamped',
    role: 'vehicle',
    qos: HEARD,
    about: 'Speed along base_link x, m/s, where there is no ~/input/vehicle.',
  },
  {
    name: '~/input/odometry',
    type: 'nav_msgs/msg/Odometry',
    role: 'vehicle',
    qos: HEARD,
    about: 'Speed and, in frame map, pose, where there is neither.',
  },
  {
    name: '~/input/navsat',
    type: 'sensor_msgs/msg/NavSatFix',
    role: 'gnss',
    qos: HEARD,
    about: 'Where the car is, for the record: nothing is decided by it.',
  },
];

/** A topic that the node publishes. */
export interface OutputTopic {
  readonly name: string;
  readonly type: string;
  readonly qos: Qos;
  readonly about: string;
}

/** What the node says. */
export const OUTPUTS = {
  intent: {
    name: '~/output/intent',
    type: 'codriver_msgs/msg/Intent',
    qos: RELIABLE,
    about: 'What the gate let through; it goes to the planner over gRPC, here others see it.',
  },
  verdict: {
    name: '~/output/verdict',
    type: 'codriver_msgs/msg/Verdict',
    qos: RELIABLE,
    about: 'What the gate said of a proposal, with reasons.',
  },
  intentStatus: {
    name: '~/output/intent_status',
    type: 'codriver_msgs/msg/IntentStatus',
    qos: RELIABLE,
    about: 'What the planner makes of an intent.',
  },
  reply: {
    name: '~/output/reply',
    type: 'codriver_msgs/msg/Reply',
    qos: RELIABLE,
    about: 'What the passenger is told: text for a speech synthesiser.',
  },
  journal: {
    name: '~/output/journal',
    type: 'codriver_msgs/msg/Journal',
    qos: { ...RELIABLE, depth: 100 },
    about: 'Everything that happens, one entry a message.',
  },
  scene: {
    name: '~/output/scene',
    type: 'codriver_msgs/msg/Scene',
    qos: STATE,
    about: 'What codriver knows, at `scene_hz`.',
  },
  status: {
    name: '~/output/status',
    type: 'codriver_msgs/msg/Status',
    qos: STATE,
    about: 'How codriver is; when it changes.',
  },
  diagnostics: {
    name: '/diagnostics',
    type: 'diagnostic_msgs/msg/DiagnosticArray',
    qos: RELIABLE,
    about: 'Camera, speech, signs, model and planner: OK, WARN, ERROR or STALE, once a second.',
  },
} as const satisfies Readonly<Record<string, OutputTopic>>;

/** Names of {@link OUTPUTS}. */
export type OutputName = keyof typeof OUTPUTS;
