import type { BoxPx, SignDetections } from '../../domain/index.ts';
import { nsToRosTime } from './ros-time.ts';
import type { RosMessageOut } from './to-ros.ts';

/**
 * `foxglove_msgs/msg/ImageAnnotations` with what it uses, as `ros2msg`: Foxglove's Image panel draws it over
 * the picture (https://docs.foxglove.dev/docs/visualization/message-schemas/image-annotations). No package of
 * definitions that is installed has it.
 */
export const IMAGE_ANNOTATIONS_TEXT = [
  `# What is drawn over a picture
foxglove_msgs/CircleAnnotation[] circles
foxglove_msgs/PointsAnnotation[] points
foxglove_msgs/TextAnnotation[] texts
`,
  `MSG: foxglove_msgs/CircleAnnotation
builtin_interfaces/Time timestamp
foxglove_msgs/Point2 position
float64 diameter
float64 thickness
foxglove_msgs/Color fill_color
foxglove_msgs/Color outline_color
`,
  `MSG: foxglove_msgs/PointsAnnotation
uint8 UNKNOWN=0
uint8 POINTS=1
uint8 LINE_LOOP=2
uint8 LINE_STRIP=3
uint8 LINE_LIST=4
builtin_interfaces/Time timestamp
uint8 type
foxglove_msgs/Point2[] points
foxglove_msgs/Color outline_color
foxglove_msgs/Color[] outline_colors
foxglove_msgs/Color fill_color
float64 thickness
`,
  `MSG: foxglove_msgs/TextAnnotation
builtin_interfaces/Time timestamp
foxglove_msgs/Point2 position
string text
float64 font_size
foxglove_msgs/Color text_color
foxglove_msgs/Color background_color
`,
  `MSG: foxglove_msgs/Point2
float64 x
float64 y
`,
  `MSG: foxglove_msgs/Color
float64 r
float64 g
float64 b
float64 a
`,
  `MSG: builtin_interfaces/Time
int32 sec
uint32 nanosec
`,
].join(`${'='.repeat(80)}\n`);

const LINE_LOOP = 2;
const SIGN_COLOR = { r: 1, g: 0.45, b: 0, a: 1 };
const PLATE_COLOR = { r: 0.2, g: 0.75, b: 1, a: 1 };
const LABEL_BACKGROUND = { r: 0, g: 0, b: 0, a: 0.6 };

/** The signs of one picture and their plates as boxes with labels. */
export function signBoxes({ stampNs, signs }: SignDetections): RosMessageOut {
  const timestamp = nsToRosTime(stampNs);
  const points: object[] = [];
  const texts: object[] = [];
  const draw = (box: BoxPx, label: string, color: object): void => {
    const [right, bottom] = [box.xPx + box.widthPx, box.yPx + box.heightPx];
    const corners = [
      { x: box.xPx, y: box.yPx },
      { x: right, y: box.yPx },
      { x: right, y: bottom },
      { x: box.xPx, y: bottom },
    ];
    points.push({ timestamp, type: LINE_LOOP, points: corners, outline_color: color, thickness: 2 });
    const position = { x: box.xPx, y: bottom };
    texts.push({
      timestamp,
      position,
      text: label,
      font_size: 14,
      text_color: color,
      background_color: LABEL_BACKGROUND,
    });
  };
  for (const { type, value, box, supplementary } of signs) {
    draw(box, value === undefined ? type : `${type} ${value}`, SIGN_COLOR);
    for (const plate of supplementary) {
      if (plate.box !== undefined) draw(plate.box, plate.text ?? plate.type ?? '', PLATE_COLOR);
    }
  }
  return { type: 'foxglove_msgs/msg/ImageAnnotations', message: { circles: [], points, texts } };
}
