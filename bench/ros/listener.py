"""The camera in rclpy: the same subscription as codriver's, and the same look at the JPEG's header.

listener.py; prints messages and CPU seconds when its standard input ends.
"""

import json
import sys
import threading
import time

import rclpy
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage

MARKERS = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Messages before those that count, as for codriver.
WARM = 150
count = 0
pixels = 0
first_cpu = None


def size_of(data):
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in MARKERS:
            return data[at + 7] << 8 | data[at + 8], data[at + 5] << 8 | data[at + 6]
        at += 2 + (data[at + 2] << 8 | data[at + 3])
    return 0, 0


def hear(message):
    global count, pixels, first_cpu
    if count == WARM:
        first_cpu = time.process_time()
    width, height = size_of(message.data)
    pixels = width * height
    count += 1


rclpy.init()
node = rclpy.create_node("codriver_bench_listener")
qos = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
node.create_subscription(CompressedImage, "/codriver/input/image/compressed", hear, qos)
threading.Thread(target=rclpy.spin, args=(node,), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
print(json.dumps({"messages": count - WARM, "pixels": pixels, "cpuS": time.process_time() - (first_cpu or 0)}), flush=True)
rclpy.try_shutdown()
