"""Python programs that publish with imagezmq's ImageSender (REQ_REP=False), at once, to one picket-hub that listens to
them: one that is there before the hub, one that vanishes and comes back, one that comes late, one that floods, one that
sends what cannot be taken. Senders that wait for answers are answered all the while; in between the hub is killed and
started again. What is sent while the hub listens is stored, byte for byte, once.

usage: publishers.py FOLDER_OF_PROGRAMS [TIMES]"""

import collections
import multiprocessing
import sys
import time

import cv2
import imagezmq
import numpy as np
import zmq

from programs import Failed, Hub, check, free_port, run, wait_for
from shelf import Shelf, check_same

# Images of each publisher in each part of the run.
IMAGES = 40
# A sender that waits for an answer has it within so many seconds, flood or not.
ANSWER_S = 5
MAX_MESSAGE = 1 << 20


def jpeg(name, number):
    """The bytes of a JPEG file that nobody else and no other number has: the difference is a comment in it."""
    comment = f"{name}/{number}".encode()
    return PICTURE[:2] + b"\xff\xfe" + (2 + len(comment)).to_bytes(2, "big") + comment + PICTURE[2:]


def picture():
    slope = np.linspace(0, 255, 160, dtype=np.uint8)
    return cv2.imencode(".jpg", np.stack([np.broadcast_to(slope, (120, 160))] * 3, axis=2))[1].tobytes()


PICTURE = picture()


class Publisher:
    """A publisher, and what the hub should have of it."""

    def __init__(self, name):
        self.name = name
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.sent = []
        self.probes = 0
        self.sender = None

    def start(self):
        self.sender = imagezmq.ImageSender(connect_to=self.address, REQ_REP=False)
        self.sender.zmq_socket.setsockopt(zmq.LINGER, 0)

    def stop(self):
        if self.sender:
            self.sender.close()
            self.sender = None

    def wait_until_heard(self, hub):
        """Whoever publishes is not told when somebody listens: it says something until that is in the hub's log."""
        first = self.probes

        def is_heard():
            hub.check_alive()
            self.probes += 1
            self.sender.send_jpg(f"{self.name}|hello|{self.probes}", b"0")
            said = (line.rsplit(f"{self.name}|hello|", 1) for line in hub.log_lines())
            return any(len(words) == 2 and int(words[1]) > first for words in said)

        wait_for(is_heard, f"{self.name} to be heard")

    def send(self, count=IMAGES):
        for _ in range(count):
            body = jpeg(self.name, len(self.sent))
            self.sent.append(body)
            self.sender.send_jpg(f"{self.name} View|jpg", body)

    def wait_until_stored(self, hub):
        def is_stored():
            hub.check_alive()
            return sum(f"/{self.name}-View-" in file for file in hub.files()) >= len(self.sent)

        wait_for(is_stored, f"{len(self.sent)} images of {self.name} on disk")


def flood(address, stop, loud, sent):
    """As many messages as it can make, while it is to, and until it is to stop. One in a hundred is stored, the others are
    test pictures: it is not the disk that is tried."""
    with imagezmq.ImageSender(connect_to=address, REQ_REP=False) as sender:
        sender.zmq_socket.setsockopt(zmq.LINGER, 0)
        while not stop.is_set():
            if loud.wait(0.1):
                sender.send_jpg("Flood View|jpg", jpeg("Flood", sent.value))
                for _ in range(99):
                    sender.send_jpg("flood", PICTURE)
                sent.value += 1


class Waiting:
    """A stock sender, which waits for each answer."""

    def __init__(self, hub):
        self.sender = imagezmq.ImageSender(connect_to=hub.address)
        self.sender.zmq_socket.setsockopt(zmq.RCVTIMEO, ANSWER_S * 1000)
        self.sender.zmq_socket.setsockopt(zmq.LINGER, 0)
        self.sent = []
        self.longest = 0

    def send(self, count=IMAGES):
        for _ in range(count):
            body = jpeg("Waiting", len(self.sent))
            start = time.monotonic()
            try:
                answer = self.sender.send_jpg("Waiting View|jpg", body)
            except zmq.Again:
                raise Failed(f"a sender has waited {ANSWER_S} s in vain for its answer") from None
            check(answer == b"OK", f"a sender was answered {answer[:200]}")
            self.longest = max(self.longest, time.monotonic() - start)
            self.sent.append(body)


class Odd:
    """A publisher that sends what cannot be taken."""

    def __init__(self, context):
        self.socket = context.socket(zmq.PUB)
        self.socket.linger = 0
        self.address = f"tcp://127.0.0.1:{self.socket.bind_to_random_port('tcp://127.0.0.1')}"
        self.sent = []

    def send_odd(self):
        for number in range(300):
            self.socket.send_multipart([b"no JSON", b"body"])
            self.socket.send_multipart([b'{"msg": "Odd View|jpg"}'])
            self.socket.send_multipart([b'{"msg": "Odd View|jpg"}', b""])
            self.socket.send_multipart([b'{"msg": "Odd View|image", "dtype": "float32", "shape": [1, 1]}', b"four"])
        self.socket.send_multipart([b'{"msg": "Odd View|jpg"}', bytes(MAX_MESSAGE + 1)])

    def send_good(self):
        self.sent.append(jpeg("Odd", len(self.sent)))
        self.socket.send_multipart([b'{"msg": "Odd View|jpg"}', self.sent[-1]])

    def send_too_much(self):
        self.socket.send_multipart([b'{"msg": "Odd View|jpg"}', bytes(2 * MAX_MESSAGE + 1)])


def main():
    spawn = multiprocessing.get_context("spawn")
    stop, loud, flooded = spawn.Event(), spawn.Event(), spawn.Value("q", 0)
    early, vanishing, late = (Publisher(name) for name in ("Early", "Vanishing", "Late"))
    flooding = f"tcp://127.0.0.1:{free_port()}"
    with zmq.Context() as context:
        odd = Odd(context)
        addresses = [early.address, vanishing.address, late.address, flooding, odd.address]
        inputs = f"inputs: [{{kind: imagezmq-sub, connect: {addresses}}}]\n"
        early.start()
        vanishing.start()
        process = spawn.Process(target=flood, args=(flooding, stop, loud, flooded), daemon=True)
        try:
            with Hub(f"max_message: {MAX_MESSAGE >> 20}MiB", inputs) as hub:
                waiting = Waiting(hub)
                process.start()
                hub.wait_to_say(f"publisher {flooding} was reached", 0)
                all_at_once(hub, early, vanishing, late, waiting, odd, loud)
                stop.set()
                process.join()
                after_too_much(hub, odd)
                kill(hub, early, vanishing, late)
                hub.stop()
                stored = check_stored(hub, [early, vanishing, late], waiting, odd, flooded.value)
                check_log(hub, odd)
        finally:
            stop.set()
            for publisher in early, vanishing, late:
                publisher.stop()
            waiting.sender.close()
            odd.socket.close()
    return stored + f"; the longest wait for an answer was {waiting.longest:.2f} s"


def all_at_once(hub, early, vanishing, late, waiting, odd, loud):
    for publisher in early, vanishing:
        publisher.wait_until_heard(hub)
        publisher.send()
    hub.wait_to_say(f"publisher {odd.address} was reached", 0)
    odd.send_odd()
    loud.set()
    wait_for(lambda: any("Flood-View-" in file for file in hub.files()), "the flood to arrive")
    early.send()
    waiting.send()
    loud.clear()
    odd.send_too_much()
    vanishing.wait_until_stored(hub)
    vanishing.stop()
    hub.wait_to_say(f"publisher {vanishing.address} was lost", 0)
    early.send()
    late.start()
    late.wait_until_heard(hub)
    late.send()
    waiting.send()
    # Heard anew, from the same address.
    vanishing.start()
    vanishing.wait_until_heard(hub)
    vanishing.send()
    for publisher in early, vanishing, late:
        publisher.wait_until_stored(hub)


def kill(hub, *publishers):
    """The hub is killed while it is idle, so that it is known what it has to have; what is sent meanwhile is lost."""
    hub.kill()
    for publisher in publishers:
        publisher.sender.send_jpg(f"{publisher.name} Nobody|jpg", jpeg("Nobody", 0))
    hub.start()
    for publisher in publishers:
        publisher.wait_until_heard(hub)
        publisher.send()
    for publisher in publishers:
        publisher.wait_until_stored(hub)


def after_too_much(hub, odd):
    """Cut off for a message of more than twice the limit, it is connected to again."""

    def is_stored():
        hub.check_alive()
        odd.send_good()
        return any("/Odd-View-" in file for file in hub.files())

    wait_for(is_stored, "what was cut off to be heard again")
    said = [line for line in hub.lines() if f"publisher {odd.address} was lost" in line]
    check(said, "the log does not tell that it was cut off")


def check_stored(hub, publishers, waiting, odd, flooded):
    shelf = Shelf(hub)
    shelf.check()
    stored = collections.defaultdict(list)
    for record in shelf.images:
        stored[record["msg"]].append(shelf.bytes(record))
    for publisher in publishers:
        check(stored[f"{publisher.name} View|jpg"] == publisher.sent, f"{publisher.name} is not stored as it was sent")
    check_same("what is stored of the sender", stored["Waiting View|jpg"], "what was answered", waiting.sent)
    for text, bodies, sent in [
        ("Flood View|jpg", stored["Flood View|jpg"], {jpeg("Flood", number) for number in range(flooded)}),
        ("Odd View|jpg", stored["Odd View|jpg"], set(odd.sent)),
    ]:
        check(len(set(bodies)) == len(bodies), f"{text} is stored twice")
        check(set(bodies) <= sent, f"{text} has what nobody has sent")
    check(not any("Nobody" in text for text in stored), "what was sent to nobody has arrived")
    images = sum(len(publisher.sent) for publisher in publishers)
    return (
        f"{images} images of {len(publishers)} publishers and {len(waiting.sent)} of a sender are stored, beside "
        f"{len(stored['Flood View|jpg'])} of {flooded} images of a flood"
    )


def check_log(hub, odd):
    lines = [line for line in hub.lines() if odd.address in line]
    check(any("messages cannot be taken" in line for line in lines), f"the log does not tell of the odd one: {lines}")
    check(len(lines) < 20, f"the odd one has {len(lines)} lines in the log")


if __name__ == "__main__":
    run(main)
