import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONVERSIONS } from '../../src/io/ros-messages/from-ros.ts';
import { type Detection2DArray, signsFromDetections } from '../../src/io/ros-messages/vision.ts';

const SOURCE = { topic: '/signs', logTimeNs: 1_700_000_001_000_000_000n };
const detection = (id: string, ...results: [string, number][]) => ({
  id,
  results: results.map(([class_id, score]) => ({ hypothesis: { class_id, score } })),
  bbox: { center: { position: { x: 100, y: 60 } }, size_x: 20, size_y: 10 },
});
const message = (...detections: Detection2DArray['detections']): Detection2DArray => ({
  header: { stamp: { sec: 1_700_000_000, nanosec: 5 }, frame_id: 'camera' },
  detections,
});

test('the best hypothesis is the sign, its box from the corner, a limit’s figure behind it', () => {
  const { stampNs, camera, signs } = signsFromDetections(
    message(detection('7', ['JP:326-A', 0.3], ['JP:323=40', 0.6])),
    SOURCE,
  );
  assert.equal(stampNs, 1_700_000_000_000_000_005n);
  assert.equal(camera, 'camera');
  const [sign] = signs;
  assert.deepEqual([sign?.id, sign?.type, sign?.value, sign?.confidence], ['7', 'JP:323', 40, 0.6]);
  assert.deepEqual(sign?.box, { xPx: 90, yPx: 55, widthPx: 20, heightPx: 10 });
});

test('what is no sign, or has no hypothesis, is left out; without an id it gets one', () => {
  const { signs } = signsFromDetections(
    message(detection('1', ['car', 0.9]), detection('2'), detection('', ['DE:206', 0.9])),
    SOURCE,
  );
  assert.deepEqual(
    signs.map(({ id, type }) => [id, type]),
    [['1700000000000000005-2', 'DE:206']],
  );
});

test('a broken one is refused: a box without size, a figure that is none, a NaN', () => {
  const flat = { ...detection('1', ['JP:330', 0.9]), bbox: { ...detection('1').bbox, size_x: 0 } };
  assert.throws(() => signsFromDetections(message(flat), SOURCE));
  assert.throws(() => signsFromDetections(message(detection('1', ['JP:323=fast', 0.9])), SOURCE));
  assert.throws(() => signsFromDetections(message(detection('1', ['JP:323=40', Number.NaN])), SOURCE));
});

test('topics of the type serve signs', () => {
  assert.equal(CONVERSIONS['vision_msgs/msg/Detection2DArray']?.role, 'signs');
});
