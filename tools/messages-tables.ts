import { RECORDING_TOPICS } from '../src/io/log/recording.ts';

/** What is read of a type that is not ours. */
export interface ReadFields {
  /** Paths inside the message. */
  readonly fields: readonly string[];
  readonly meaning: string;
}

const RAW_PIXELS =
  'Pixels as RGB: rgb, rgba, bgr, bgra and Bayer of 8 bits, mono of 8 and 16, YUV 4:2:2, NV12 and NV21; the topic is the camera’s name.';
const VIDEO = 'One packet of H.264, H.265, VP9 or AV1, decoded by ffmpeg; each picture keeps its own stamp.';
const SPEED = 'Speed along `base_link` x, m/s.';

/** By type, all that {@link CONVERSIONS} reads and that is not ours. */
export const READ_FIELDS: Readonly<Record<string, ReadFields>> = {
  'autoware_vehicle_msgs/msg/VelocityReport': {
    fields: ['header.stamp', 'longitudinal_velocity'],
    meaning: SPEED,
  },
  'geometry_msgs/msg/TwistStamped': { fields: ['header.stamp', 'twist.linear.x'], meaning: SPEED },
  'geometry_msgs/msg/TwistWithCovarianceStamped': {
    fields: ['header.stamp', 'twist.twist.linear.x'],
    meaning: SPEED,
  },
  'nav_msgs/msg/Odometry': {
    fields: [
      'header.stamp',
      'header.frame_id',
      'twist.twist.linear.x',
      'pose.pose.position',
      'pose.pose.orientation',
    ],
    meaning: `${SPEED} The pose only where \`frame_id\` is \`map\`: metres, and radians from east.`,
  },
  'vision_msgs/msg/Detection2DArray': {
    fields: [
      'header.stamp',
      'header.frame_id',
      'detections[].id',
      'detections[].results[].hypothesis',
      'detections[].bbox',
    ],
    meaning:
      'The `class_id` of the best hypothesis is the sign’s type (`JP:326-A`), a limit’s figure behind it (`JP:323=40`); others are left out. The camera is `frame_id`.',
  },
  'sensor_msgs/msg/CompressedImage': {
    fields: ['header.stamp', 'header.frame_id', 'format', 'data'],
    meaning: 'A JPEG or PNG, by its bytes; the topic is the camera’s name.',
  },
  'sensor_msgs/msg/Image': {
    fields: [
      'header.stamp',
      'header.frame_id',
      'height',
      'width',
      'encoding',
      'is_bigendian',
      'step',
      'data',
    ],
    meaning: RAW_PIXELS,
  },
  'foxglove_msgs/msg/CompressedImage': {
    fields: ['timestamp', 'frame_id', 'format', 'data'],
    meaning: 'A JPEG or PNG, by its bytes; the topic is the camera’s name.',
  },
  'foxglove_msgs/msg/RawImage': {
    fields: ['timestamp', 'frame_id', 'width', 'height', 'encoding', 'step', 'data'],
    meaning: RAW_PIXELS,
  },
  'foxglove_msgs/msg/CompressedVideo': {
    fields: ['timestamp', 'frame_id', 'format', 'data'],
    meaning: VIDEO,
  },
  'ffmpeg_image_transport_msgs/msg/FFMPEGPacket': {
    fields: ['header.stamp', 'header.frame_id', 'encoding', 'data'],
    meaning: VIDEO,
  },
  'sensor_msgs/msg/NavSatFix': {
    fields: ['header.stamp', 'status.status', 'latitude', 'longitude', 'altitude'],
    meaning: 'WGS 84, degrees and metres; nothing where there is no fix (`status.status` below 0).',
  },
  'foxglove_msgs/msg/LocationFix': {
    fields: ['timestamp', 'latitude', 'longitude', 'altitude'],
    meaning: 'WGS 84, degrees and metres; nothing where latitude or longitude is NaN.',
  },
  'std_msgs/msg/String': {
    fields: ['data'],
    meaning:
      'What was heard, on topics whose name has speech, utterance or asr in it, or that the configuration names. Who spoke is not known and confidence is 0, so that it can only make the car more careful.',
  },
};

/** One topic of a recording. */
export interface WrittenTopic {
  readonly topic: string;
  readonly type: string;
  readonly frameId: string;
  readonly when: string;
}

/** All topics of a recording, by who writes them. */
export const WRITTEN: readonly WrittenTopic[] = [
  {
    topic: RECORDING_TOPICS.camera,
    type: 'sensor_msgs/msg/CompressedImage',
    frameId: 'the camera’s optical frame',
    when: 'every picture, as JPEG or PNG; pixels as they are go out as `sensor_msgs/msg/Image`',
  },
  {
    topic: RECORDING_TOPICS.vehicle,
    type: 'codriver_msgs/msg/VehicleState',
    frameId: 'base_link',
    when: 'every state heard',
  },
  {
    topic: RECORDING_TOPICS.objects,
    type: 'codriver_msgs/msg/TrackedObjectArray',
    frameId: 'base_link',
    when: 'as heard',
  },
  {
    topic: RECORDING_TOPICS.signs,
    type: 'codriver_msgs/msg/SignDetectionArray',
    frameId: '',
    when: 'as heard',
  },
  {
    topic: RECORDING_TOPICS.route,
    type: 'codriver_msgs/msg/RouteContext',
    frameId: 'base_link',
    when: 'as heard',
  },
  {
    topic: RECORDING_TOPICS.planner,
    type: 'codriver_msgs/msg/PlannerStatus',
    frameId: 'base_link',
    when: 'as heard',
  },
  { topic: RECORDING_TOPICS.utterance, type: 'codriver_msgs/msg/Utterance', frameId: '', when: 'as heard' },
  {
    topic: RECORDING_TOPICS.journal,
    type: 'codriver_msgs/msg/Journal',
    frameId: '',
    when: 'everything that happens, in order: what was heard, proposed, decided, sent, said',
  },
  {
    topic: RECORDING_TOPICS.verdict,
    type: 'codriver_msgs/msg/Verdict',
    frameId: '',
    when: 'every verdict of the gate',
  },
  {
    topic: RECORDING_TOPICS.intent,
    type: 'codriver_msgs/msg/Intent',
    frameId: 'base_link',
    when: 'every intent for the planner, whether it arrived or not',
  },
  {
    topic: RECORDING_TOPICS.intentStatus,
    type: 'codriver_msgs/msg/IntentStatus',
    frameId: '',
    when: 'what the planner says of an intent',
  },
  {
    topic: RECORDING_TOPICS.reply,
    type: 'codriver_msgs/msg/Reply',
    frameId: '',
    when: 'what the passenger is told',
  },
  {
    topic: RECORDING_TOPICS.signBoxes,
    type: 'foxglove_msgs/msg/ImageAnnotations',
    frameId: '',
    when: 'with every message of signs: their boxes and labels, to be drawn over the picture',
  },
];
