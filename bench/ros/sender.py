"""Plays a car to whoever listens: camera 1280x720 at 30 Hz, signs at 10 Hz, an utterance every 5 s.

sender.py JPEG SECONDS; prints what it sent as one line of JSON.
"""

import array
import json
import sys
import time

import rclpy
from codriver_msgs.msg import BoxPx, SignDetection, SignDetectionArray, Utterance
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage

with open(sys.argv[1], "rb") as file:
    JPEG = array.array("B", file.read())
SECONDS = float(sys.argv[2])
CAMERA = "/codriver/input/image/compressed"

rclpy.init()
node = rclpy.create_node("codriver_bench_sender")
sensor = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
camera = node.create_publisher(CompressedImage, CAMERA, sensor)
signs = node.create_publisher(SignDetectionArray, "/codriver/input/signs", 10)
speech = node.create_publisher(Utterance, "/codriver/input/utterance", 10)
subscribers = int(sys.argv[3])
while camera.get_subscription_count() < subscribers or signs.get_subscription_count() < 1:
    time.sleep(0.05)
time.sleep(0.5)

sent = {"camera": 0, "signs": 0, "speech": 0}
start = time.monotonic()
frames = int(SECONDS * 30)
for i in range(frames):
    now = node.get_clock().now().to_msg()
    image = CompressedImage(format="jpeg", data=JPEG)
    image.header.stamp = now
    image.header.frame_id = str(i)
    camera.publish(image)
    sent["camera"] += 1
    if i % 3 == 0:
        sign = SignDetection(id="s", camera=CAMERA, type="JP:323", value=40.0, confidence=0.9, distance_m=20.0)
        sign.box = BoxPx(x_px=600.0, y_px=200.0, width_px=40.0, height_px=40.0)
        sign.header.stamp = now
        found = SignDetectionArray(camera=CAMERA, signs=[sign])
        found.header.stamp = now
        signs.publish(found)
        sent["signs"] += 1
    if i % 150 == 0:
        said = Utterance(id=f"u{i}", text="slow down", language="en", confidence=0.9, seat="FRONT_RIGHT")
        said.authority = "DRIVER_OR_OWNER"
        said.live = True
        said.header.stamp = now
        speech.publish(said)
        sent["speech"] += 1
    time.sleep(max(0.0, start + (i + 1) / 30 - time.monotonic()))
time.sleep(0.5)
print(json.dumps(sent), flush=True)
rclpy.try_shutdown()
