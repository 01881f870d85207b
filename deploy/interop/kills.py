"""A picket-hub is killed with SIGKILL again and again, in the middle of a burst from eight Python programs with
imagezmq's own ImageSender and from two picket-nodes, and is started again each time. Whatever was acknowledged
is stored, once, and everybody carries on by himself.

usage: kills.py FOLDER_OF_PROGRAMS [TIMES [SEED]]"""

import concurrent.futures
import contextlib
import multiprocessing
import random
import sys
import time
import zlib

import cv2
import imagezmq
import numpy as np
import zmq
from blake3 import blake3

from programs import PATIENCE_S, Failed, Hub, Program, check, run, wait_for
from shelf import Shelf, check_same

SENDERS = 8
NODES = 2
KILLS = 20
# Once started the hub lives so long, in seconds; but one in so many is killed while it is still starting.
LIVES_S = (0.3, 1.5)
EARLY_EVERY = 5
EARLY_S = (0.0, 0.2)
# What the programs say of themselves.
STARTED, CONNECTED = " hub started ", " connected hub="
# One in so many of a sender's images is raw.
RAW_EVERY = 4
# A raw image's squares, which JPEG keeps apart, and the pixels of a side.
SQUARE = 8


def is_raw(number):
    return number % RAW_EVERY == 0


def jpeg(sender, number):
    """The bytes of a JPEG file that no other sender and number have: the difference is a comment in it."""
    comment = f"{sender}/{number}".encode()
    segment = b"\xff\xfe" + (2 + len(comment)).to_bytes(2, "big") + comment
    return PICTURE[:2] + segment + PICTURE[2:]


def picture():
    slope = np.linspace(0, 255, 160, dtype=np.uint8)
    pixels = np.stack([np.broadcast_to(slope, (120, 160)), np.full((120, 160), 90), np.eye(120, 160) * 255], axis=2)
    return cv2.imencode(".jpg", pixels.astype(np.uint8))[1].tobytes()


PICTURE = picture()


def raw(sender, number):
    """Pixels that tell sender and number in black and white squares, in colour or grey and of several widths."""
    name = sender.to_bytes(1, "big") + number.to_bytes(3, "big")
    bits = np.unpackbits(np.frombuffer(name + zlib.crc32(name).to_bytes(4, "big"), np.uint8)).reshape(8, 8)
    squares = np.kron(bits * 255, np.ones((SQUARE, SQUARE), np.uint8))
    wide = np.pad(squares, ((0, 0), (0, number // RAW_EVERY % 5 * SQUARE)), constant_values=128)
    return wide if number // RAW_EVERY % 2 else np.dstack([wide] * 3)


def read_raw(pixels):
    """Sender and number of a raw image as it was stored."""
    grey = pixels if pixels.ndim == 2 else pixels[:, :, 1]
    squares = grey[SQUARE // 2 :: SQUARE, SQUARE // 2 :: SQUARE][:8, :8] > 127
    said = np.packbits(squares).tobytes()
    check(zlib.crc32(said[:4]).to_bytes(4, "big") == said[4:], "a raw image does not tell who sent it")
    return said[0], int.from_bytes(said[1:4], "big")


class Sender:
    """imagezmq's ImageSender with the time-outs of imagezmq's own recipe: no answer in time, and it is closed,
    opened anew, and the same image is sent again."""

    def __init__(self, address, sender):
        self.address = address
        self.sender = sender
        self.timeout_ms = 300 + 100 * sender
        self.resent = 0
        self.open()

    def open(self):
        self.connection = imagezmq.ImageSender(connect_to=self.address)
        self.connection.zmq_socket.setsockopt(zmq.RCVTIMEO, self.timeout_ms)
        self.connection.zmq_socket.setsockopt(zmq.SNDTIMEO, self.timeout_ms)
        self.connection.zmq_socket.setsockopt(zmq.LINGER, 0)

    def send(self, number):
        if is_raw(number):
            return self.connection.send_image(f"Sender{self.sender} Raw|image", raw(self.sender, number))
        return self.connection.send_jpg(f"Sender{self.sender} Gate|jpg", jpeg(self.sender, number))

    def deliver(self, number):
        """Sends an image until it is acknowledged."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = self.send(number)
            except zmq.Again:
                check(time.monotonic() < end, f"sender {self.sender}: no answer to image {number} in {PATIENCE_S} s")
                self.connection.close()
                self.open()
                self.resent += 1
            else:
                return check(answer == b"OK", f"sender {self.sender}: image {number} was answered {answer[:200]}")


def work(address, number):
    """One sender's work, from image 0 until it is told to stop; gives how many were acknowledged and resent."""
    sender = Sender(address, number)
    sent = 0
    while not told_to_stop.is_set():
        sender.deliver(sent)
        sent += 1
    sender.connection.close()
    return sent, sender.resent


def hand_over(event):
    global told_to_stop
    told_to_stop = event


@contextlib.contextmanager
def burst(address):
    """Senders at work; the function that is given tells them to stop and gives what each has done."""
    spawn = multiprocessing.get_context("spawn")
    stop = spawn.Event()
    with concurrent.futures.ProcessPoolExecutor(SENDERS, spawn, hand_over, (stop,)) as pool:
        at_work = [pool.submit(work, address, sender) for sender in range(SENDERS)]

        def finish():
            stop.set()
            return [sender.result() for sender in at_work]

        try:
            yield finish
        finally:
            stop.set()


def start_node(number, address):
    """A node that sends every frame it sees, a hundred in a second."""
    return Program(
        "picket-node",
        f"""
node: {{name: Node{number}, heartbeat: 1s}}
hub: {{connect: '{address}', timeout: 2s}}
spool: {{max_size: 256MiB}}
cameras:
  - view: Scene
    source: {{kind: pattern, resolution: 160x120, framerate: 100, seed: {number}}}
    send: continuous
    detectors: [{{kind: motion}}]
""",
    )


def kill_again_and_again(hub, nodes, kills, dice):
    everybody = {f"Sender{number}" for number in range(SENDERS)} | {f"Node{number}" for number in range(NODES)}

    def arrived():
        return {file.split("/")[-1].split("-")[0] for file in hub.files()} >= everybody

    wait_for(arrived, "an image from everybody")
    starts = 0
    for number in range(kills):
        if number % EARLY_EVERY == EARLY_EVERY - 1:
            time.sleep(dice.uniform(*EARLY_S))
        else:
            hub.wait_to_say(STARTED, starts)
            time.sleep(dice.uniform(*LIVES_S))
        hub.kill()
        starts, greetings = hub.count(STARTED), [node.count(CONNECTED) for node in nodes]
        hub.start()
    for node, before in zip(nodes, greetings):
        node.wait_to_say(CONNECTED, before)


def main():
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10_000)
    try:
        return check_kills(KILLS * times, seed)
    except Failed as failure:
        raise Failed(f"seed {seed}: {failure}") from failure


def check_kills(kills, seed):
    with contextlib.ExitStack() as programs:
        hub = programs.enter_context(Hub())
        nodes = [programs.enter_context(start_node(number, hub.address)) for number in range(NODES)]
        with burst(hub.address) as finish:
            kill_again_and_again(hub, nodes, kills, random.Random(seed))
            senders = finish()
        for node in nodes:
            node.stop()
            check_node_log(node)
        hub.stop()
        shelf = Shelf(hub)
        shelf.check()
        acknowledged = sum(check_sender(shelf, number, sent) for number, (sent, _) in enumerate(senders))
        of_nodes = sum(check_node(shelf, number) for number in range(NODES))
        check(acknowledged + of_nodes == len(shelf.images), "there are images of nobody")
    resent = sum(resent for _, resent in senders)
    check(resent >= kills, f"only {resent} images were sent again: the {kills} kills did not come in mid-burst")
    return (
        f"{kills} kills (seed {seed}): {acknowledged:,} acknowledged images of {SENDERS} Python senders, {resent:,} of "
        f"them sent again, and {of_nodes:,} of {NODES} nodes are stored, each once"
    )


def check_sender(shelf, sender, sent):
    """The acknowledged images of a sender, and no other, in their order; gives how many."""
    known = {blake3(jpeg(sender, number)).digest(): number for number in range(sent) if not is_raw(number)}

    def number_of(record):
        if record["view"] == "Gate":
            number = known.get(blake3(shelf.bytes(record)).digest())
            check(number is not None, f"{record['file']} is not byte for byte what sender {sender} had acknowledged")
            return number
        pixels = cv2.imread(str(shelf.data / record["file"]), cv2.IMREAD_UNCHANGED)
        check(pixels is not None, f"{record['file']} is no image")
        who, number = read_raw(pixels)
        shape = raw(sender, number).shape
        check(who == sender and pixels.shape == shape, f"{record['file']} is {pixels.shape} of sender {who}, not {shape}")
        return number

    stored = [number_of(record) for record in shelf.images if record["node"] == f"Sender{sender}"]
    check_same(f"the stored images of sender {sender}", stored, "those acknowledged", range(sent))
    check(stored == sorted(stored), f"the images of sender {sender} are not recorded in their order")
    return sent


def check_node(shelf, node):
    """Everything that a node has numbered is there, without a hole, and no picture twice; gives the images."""
    streams = {
        stream: [record["seq"] for record in records]
        for stream, records in shelf.streams().items()
        if records[0]["node"] == f"Node{node}"
    }
    check(len(streams) >= 2, f"node {node} has {len(streams)} streams, not one for events and one for frames")
    for stream, seqs in streams.items():
        check_same(f"the numbers of node {node}'s stream {stream}", seqs, "a count from 1", range(1, seqs[-1] + 1))
    images = [record for record in shelf.images if record["node"] == f"Node{node}"]
    pictures = {record["checksum"] for record in images}
    check(len(pictures) == len(images), f"node {node} has {len(images)} images of {len(pictures)} pictures")
    return len(images)


def check_node_log(node):
    """It has lost nothing and refused nothing, and found the hub again by itself most times that it was away."""
    trouble = [line for line in node.lines() if " WARN " in line or " ERROR " in line]
    trouble = [line for line in trouble if " has not answered for " not in line]
    check(not trouble, f"a node says: {trouble[:1]}")
    check(node.count(" node started ") == 1 and node.count(CONNECTED) > KILLS // 2, "a node did not carry on by itself")


if __name__ == "__main__":
    run(main)
