"""A picket-node sends to imagezmq's own ImageHub in Python, with `protocol: picket`, where the node must find
out by itself that the hub is an old one, and with `protocol: imagezmq`. In mid-run the hub goes and comes back.

usage: python_hub.py FOLDER_OF_PROGRAMS"""

import threading

import cv2
import imagezmq
import numpy as np
import zmq

from programs import Program, check, free_port, run, wait_for

WIDTH, HEIGHT = 320, 240


class PythonHub:
    """What imagehub does with its ImageHub, until the end of `with`."""

    def __init__(self, port):
        self.texts = []
        self.images = []
        self.failure = None
        self.stopping = threading.Event()
        self.hub = imagezmq.ImageHub(open_port=f"tcp://127.0.0.1:{port}")
        self.hub.zmq_socket.setsockopt(zmq.LINGER, 0)
        self.hub.zmq_socket.setsockopt(zmq.RCVTIMEO, 100)
        self.thread = threading.Thread(target=self.serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_error):
        self.stopping.set()
        self.thread.join()
        self.hub.close()

    def serve(self):
        while not self.stopping.is_set():
            try:
                text, body = self.hub.recv_jpg()
                self.hub.send_reply(b"OK")
            except zmq.Again:
                continue
            except Exception as failure:  # Whatever a message does to imagezmq, its thread must tell.
                self.failure = failure
                return
            self.keep(text, bytes(body))

    def keep(self, text, body):
        """Sorts as imagehub does, by the first letter behind the first `|`."""
        self.texts.append(text)
        if text.split("|")[1].startswith("j"):
            self.images.append(body)

    def wait_for_text(self, node, start):
        def arrived():
            node.check_alive()
            check(self.failure is None, f"Python's ImageHub cannot take what the node sends: {self.failure!r}")
            return any(text.startswith(start) for text in self.texts)

        wait_for(arrived, f"'{start}' to reach the Python hub, which has {sorted(set(self.texts))}")

    def check_images(self):
        check(self.images, "no image has reached the Python hub")
        for body in self.images:
            check(body.startswith(b"\xff\xd8"), f"an image is no JPEG file, it begins with {body[:8]}")
            image = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_UNCHANGED)
            check(image is not None, "an image does not decode")
            check(image.shape == (HEIGHT, WIDTH, 3), f"an image is {image.shape}")
            check(image.std() > 1, "an image is of one colour")


def configuration(protocol, port):
    return f"""
node: {{name: Gate, heartbeat: 1s}}
hub: {{connect: 'tcp://127.0.0.1:{port}', protocol: {protocol}, timeout: 2s}}
cameras:
  - view: Scene
    source: {{kind: pattern, resolution: {WIDTH}x{HEIGHT}}}
    detectors: [{{kind: motion}}]
"""


def check_protocol(protocol):
    port = free_port()
    with Program("picket-node", configuration(protocol, port)) as node:
        with PythonHub(port) as hub:
            hub.wait_for_text(node, "Gate|Restart|")
            check_event(hub, node)
        first = len(hub.images)
        # The node goes on while nobody listens; then a new hub knows nothing of the old one.
        with PythonHub(port) as hub:
            check_event(hub, node)
            node.stop()
    return first + len(hub.images)


def check_event(hub, node):
    hub.wait_for_text(node, "Gate|Heartbeat")
    hub.wait_for_text(node, "Gate Scene|motion|moving")
    hub.wait_for_text(node, "Gate Scene|jpg")
    hub.wait_for_text(node, "Gate Scene|motion|still")
    hub.check_images()


def check_that_a_node_without_a_hub_stops():
    with Program("picket-node", configuration("imagezmq", free_port())) as node:
        wait_for(lambda: node.check_alive() or node.output.stat().st_size, "the node's first words")


def main():
    images = {protocol: check_protocol(protocol) for protocol in ("picket", "imagezmq")}
    check_that_a_node_without_a_hub_stops()
    return f"a Python hub, stopped and started again, took {images['picket']} and {images['imagezmq']} images"


if __name__ == "__main__":
    run(main)
