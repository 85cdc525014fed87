"""Publishes one codriver_msgs Utterance on /codriver/setup_test as soon as somebody listens."""

import sys
import time

import rclpy
from codriver_msgs.msg import Utterance, UtteranceAlternative

rclpy.init()
node = rclpy.create_node("setup_test_speaker")
publisher = node.create_publisher(Utterance, "/codriver/setup_test", 10)
deadline = time.monotonic() + 10
while publisher.get_subscription_count() == 0:
    if time.monotonic() > deadline:
        sys.exit("nobody listens on /codriver/setup_test")
    time.sleep(0.02)
other = UtteranceAlternative(text="次の信号を右に曲がって", confidence=0.5)
publisher.publish(Utterance(id="u1", text="次の信号を左に曲がって", confidence=0.75, alternatives=[other], live=True))
publisher.wait_for_all_acked()
rclpy.shutdown()
