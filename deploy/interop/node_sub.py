"""Programs in Python publish with imagezmq's own ImageSender(REQ_REP=False); a picket-node takes them as cameras, with
`source: {kind: imagezmq-sub}`, and a picket-hub stores what it sends. A publisher that ends disturbs no other, and goes
on when it comes back.

usage: node_sub.py FOLDER_OF_PROGRAMS"""

import collections
import threading

import cv2
import imagezmq
import numpy as np
import zmq

from programs import Hub, Program, check, free_port, run, wait_for
from senders import jpeg, picture

RATE = 20


def configuration(hub, barn, shed):
    """One camera of JPEG chosen by its text, one of raw pictures, and one for which nothing comes."""
    return f"""
node: {{name: Yard, heartbeat: 1s}}
hub: {{connect: '{hub.address}'}}
cameras:
  - view: Door
    source: {{kind: imagezmq-sub, connect: ['tcp://127.0.0.1:{barn}', 'tcp://127.0.0.1:{shed}'], text: Barn Door}}
    send: continuous
  - view: Shed
    source: {{kind: imagezmq-sub, connect: 'tcp://localhost:{shed}', framerate: 5}}
    send: continuous
  - view: Wrong
    source: {{kind: imagezmq-sub, connect: 'tcp://127.0.0.1:{barn}', text: Door, framerate: 10}}
    send: continuous
"""


class Sender:
    """Publishes `messages(number)`, some times a second, until the end of `with`."""

    def __init__(self, port, messages):
        self.sender = imagezmq.ImageSender(f"tcp://127.0.0.1:{port}", REQ_REP=False)
        self.sender.zmq_socket.setsockopt(zmq.LINGER, 0)
        self.messages = messages
        self.number = 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.send)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_error):
        self.stopping.set()
        self.thread.join()
        self.sender.close()

    def send(self):
        while not self.stopping.wait(1 / RATE):
            self.messages(self.sender, self.number)
            self.number += 1


def barn(first):
    """JPEG with two texts, and messages that have no picture or only a tiny one. No two pictures are alike."""

    def messages(sender, number):
        sender.send_jpg("Barn Door|jpg", jpeg("Door", first + number))
        sender.send_jpg("Barn Loft|jpg", jpeg("Loft", first + number).tobytes())
        sender.send_jpg("Barn Door|motion|moving", b"0")
        sender.send_image("Barn Door|motion|still", np.zeros((3, 3, 3), np.uint8))

    return messages


def shed(sender, number):
    """Pixels, in colour or grey, in one piece or not."""
    pixels = picture(200, 120, 50)
    pixels = pixels[:, :, 0].T if number % 2 else pixels[:, ::-1]
    sender.send_image("shed-pi", pixels)


def main():
    ports = free_port(), free_port()
    with Hub() as hub, Program("picket-node", configuration(hub, *ports)) as node:
        stored = stored_by_view(hub)
        with Sender(ports[1], shed):
            with Sender(ports[0], barn(0)):
                wait_for(lambda: stored("Door") >= 20 and stored("Shed") >= 10, "pictures of both at the hub")
            at_death = stored("Shed")
            wait_for(lambda: stored("Shed") >= at_death + 10, "the shed's pictures, with the barn gone")
            with Sender(ports[0], barn(1_000_000)):
                before = stored("Door")
                wait_for(lambda: stored("Door") >= before + 20, "the barn's pictures, once it is back")
                check(not node.count("no frames, trying again: no picture with the text `Barn Door`"), "Door was lost")
                node.stop()
        hub.stop()
        check(not stored("Wrong"), "pictures with another text were taken")
        doors = check_doors(hub)
        sheds = check_sheds(hub)
    return f"{doors} JPEG pictures of a Python publisher are stored byte for byte, and {sheds} of another's pixels"


def stored_by_view(hub):
    return lambda view: sum(f"/Yard-{view}-" in file for file in hub.files())


def view(hub, name):
    return [(hub.data / file).read_bytes() for file in hub.files() if f"/Yard-{name}-" in file]


def check_doors(hub):
    """What was stored is what was sent, each once, without a gap in either run of the sender."""
    sent = {jpeg("Door", first + number).tobytes(): first + number for first in (0, 1_000_000) for number in range(600)}
    stored = view(hub, "Door")
    foreign = [file for file in stored if file not in sent]
    check(not foreign, f"{len(foreign)} of {len(stored)} pictures at the hub are not as they were sent")
    numbers = [sent[file] for file in stored]
    repeated = [number for number, times in collections.Counter(numbers).items() if times > 1]
    check(not repeated, f"pictures are stored more than once: {repeated[:5]}")
    for run in [n for n in numbers if n < 1_000_000], [n for n in numbers if n >= 1_000_000]:
        check(run == list(range(run[0], run[0] + len(run))), f"pictures are missing between {run[0]} and {run[-1]}")
    return len(stored)


def check_sheds(hub):
    """Pixels become JPEG: nearly what was sent, and grey as three equal channels."""
    colour = picture(200, 120, 50)
    expected = {(120, 200): colour[:, ::-1], (200, 120): cv2.merge([colour[:, :, 0].T] * 3)}
    stored = [cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR) for file in view(hub, "Shed")]
    for image in stored:
        check(image is not None and image.shape[:2] in expected, "a picture of the shed is none")
        difference = np.abs(image.astype(int) - expected[image.shape[:2]]).mean()
        check(difference < 8, f"a picture of the shed differs by {difference:.1f} a pixel from what was sent")
    return len(stored)


if __name__ == "__main__":
    run(main)
