"""Reads a recording with two readers that nobody here wrote; prints what each found, as one line of JSON."""

import json
import sys
from collections import Counter
from pathlib import Path

from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from rosbags.rosbag2 import Reader
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

folder = Path(sys.argv[1])
file = next(folder.glob("*.mcap"))
by_mcap = Counter()
replies = []
with file.open("rb") as stream:
    for _, channel, _, message in make_reader(stream, decoder_factories=[DecoderFactory()]).iter_decoded_messages():
        by_mcap[channel.topic] += 1
        if channel.topic.endswith("/output/reply"):
            replies.append(message.text)

by_rosbags = Counter()
store = get_typestore(Stores.ROS2_HUMBLE)
with Reader(folder) as reader:
    for connection in reader.connections:
        if connection.msgtype not in store.fielddefs:
            store.register(get_types_from_msg(connection.msgdef.data, connection.msgtype))
    for connection, _, raw in reader.messages():
        store.deserialize_cdr(raw, connection.msgtype)
        by_rosbags[connection.topic] += 1

print(json.dumps({"mcap": by_mcap, "rosbags": by_rosbags, "replies": replies}))
