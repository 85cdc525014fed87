"""rclpy as a peer: reads commands as JSON lines from standard input, prints what happens as JSON lines.

Binary fields are base64 in JSON. Every command has an `id`, which its answer repeats.
"""

import array
import base64
import importlib
import json
import sys
import threading
import time

import rclpy
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import serialize_message

PRINTING = threading.Lock()


def tell(event, **fields):
    with PRINTING:
        print(json.dumps({"event": event, **fields}), flush=True)


def type_of(name):
    package, kind, cls = name.split("/")
    return getattr(importlib.import_module(f"{package}.{kind}"), cls)


def qos_of(spec):
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=spec.get("depth", 10),
        reliability=ReliabilityPolicy.BEST_EFFORT if spec.get("best_effort") else ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if spec.get("latched") else DurabilityPolicy.VOLATILE,
    )


def fill(message, fields):
    for name, value in fields.items():
        current = getattr(message, name)
        if hasattr(current, "get_fields_and_field_types"):
            fill(current, value)
        elif isinstance(value, dict) and "base64" in value:
            setattr(message, name, array.array("B", base64.b64decode(value["base64"])))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            inner = message.get_fields_and_field_types()[name].split("<")[-1].rstrip(">").split("[")[0]
            package, cls = inner.split("/")
            items = []
            for one in value:
                item = type_of(f"{package}/msg/{cls}")()
                fill(item, one)
                items.append(item)
            setattr(message, name, items)
        elif isinstance(current, float):
            setattr(message, name, float(value))
        elif isinstance(current, bytes):
            setattr(message, name, bytes([value]))
        else:
            setattr(message, name, value)
    return message


def plain(value):
    if hasattr(value, "get_fields_and_field_types"):
        return {name: plain(getattr(value, name)) for name in value.get_fields_and_field_types()}
    if isinstance(value, bytes):
        return value[0] if len(value) == 1 else {"base64": base64.b64encode(value).decode()}
    if isinstance(value, array.array):
        return {"bytes": len(value)} if value.typecode == "B" and len(value) > 64 else value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, float) and value != value:
        return "NaN"
    return value if isinstance(value, (str, int, float, bool)) else float(value)


class Peer:
    def __init__(self):
        self.node = rclpy.create_node("codriver_test_peer")
        self.publishers = {}
        self.clients = {}

    def publisher(self, topic, kind, qos):
        key = (topic, kind, json.dumps(qos, sort_keys=True))
        if key not in self.publishers:
            self.publishers[key] = self.node.create_publisher(type_of(kind), topic, qos_of(qos))
        return self.publishers[key]

    def advertise(self, topic, type, qos={}, **_):
        return {"subscribers": self.publisher(topic, type, qos).get_subscription_count()}

    def publish(self, topic, type, message, qos={}, count=1, hz=None, **_):
        publisher = self.publisher(topic, type, qos)
        filled = fill(type_of(type)(), message)
        start = time.monotonic()
        for i in range(count):
            publisher.publish(filled)
            if hz is not None:
                time.sleep(max(0, start + (i + 1) / hz - time.monotonic()))
        return {"subscribers": publisher.get_subscription_count()}

    def say_often(self, count, gap, text, **_):
        """Utterances whose ids tell when they were said: `u@MILLISECONDS`."""
        kind = "codriver_msgs/msg/Utterance"
        publisher = self.publisher("/codriver/input/utterance", kind, {})
        said = fill(
            type_of(kind)(),
            {
                "text": text,
                "language": "en",
                "confidence": 0.9,
                "seat": "FRONT_RIGHT",
                "authority": "DRIVER_OR_OWNER",
                "live": True,
            },
        )
        for i in range(count):
            said.id = f"u{i}@{time.time() * 1000:.3f}"
            publisher.publish(said)
            time.sleep(gap)
        return {}

    def publish_raw(self, topic, type, message, qos={}, cut=None, **_):
        """A message whose bytes end early."""
        data = serialize_message(fill(type_of(type)(), message))
        publisher = self.publisher(topic, type, qos)
        publisher.publish(data[:cut])
        return {"bytes": len(data)}

    def retire(self, topic, **_):
        for key in [key for key in self.publishers if key[0] == topic]:
            self.node.destroy_publisher(self.publishers.pop(key))
        return {}

    def subscribe(self, topic, type, qos={}, **_):
        self.node.create_subscription(
            type_of(type),
            topic,
            lambda message: tell("message", topic=topic, message=plain(message)),
            qos_of(qos),
        )
        return {}

    def call(self, service, type, request, timeout=10, **_):
        kind = type_of(type)
        if service not in self.clients:
            self.clients[service] = self.node.create_client(kind, service)
        client = self.clients[service]
        if not client.wait_for_service(timeout_sec=timeout):
            raise RuntimeError(f"no service {service}")
        future = client.call_async(fill(kind.Request(), request))
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        if not done.wait(timeout):
            raise RuntimeError(f"{service} does not answer")
        return {"response": plain(future.result())}

    def send_goal(self, action, type, goal, cancel_after=None, timeout=20, **_):
        kind = type_of(type)
        client = ActionClient(self.node, kind, action)
        if not client.wait_for_server(timeout_sec=timeout):
            raise RuntimeError(f"no action {action}")
        feedback = []
        sent = self.wait(
            client.send_goal_async(
                fill(kind.Goal(), goal),
                feedback_callback=lambda one: feedback.append(plain(one.feedback)),
            ),
            timeout,
        )
        result = sent.get_result_async()
        if cancel_after is not None:
            threading.Event().wait(cancel_after)
            self.wait(sent.cancel_goal_async(), timeout)
        ended = self.wait(result, timeout)
        client.destroy()
        return {"status": ended.status, "result": plain(ended.result), "feedback": feedback}

    def wait(self, future, timeout):
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        if not done.wait(timeout):
            raise RuntimeError("no answer in time")
        return future.result()

    def topics(self, **_):
        return {"topics": {name: types for name, types in self.node.get_topic_names_and_types()}}


def main():
    rclpy.init()
    peer = Peer()
    executor = SingleThreadedExecutor()
    executor.add_node(peer.node)
    threading.Thread(target=executor.spin, daemon=True).start()
    tell("ready")
    for line in sys.stdin:
        command = json.loads(line)
        try:
            tell("answer", id=command["id"], **getattr(peer, command["do"])(**command))
        except Exception as error:
            tell("answer", id=command["id"], error=f"{type(error).__name__}: {error}")
    executor.shutdown()
    rclpy.try_shutdown()


main()
