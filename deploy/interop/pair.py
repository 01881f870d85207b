"""`picket-node send-test` and `picket-hub receive`, each against Python's imagezmq and against one another, and what
neither may do: make a hub store test pictures, or make a node believe that what it has is stored.

usage: pair.py FOLDER_OF_PROGRAMS"""

import contextlib
import re
import signal
import socket
import subprocess
import threading
import time

import cv2
import imagezmq
import numpy as np
import zmq

from programs import FOLDER, PATIENCE_S, Hub, Program, check, free_port, is_listening, run, wait_for
from shelf import Shelf

COUNT = 12
GREEN, BLACK = (0, 255, 0), (0, 0, 0)


class Tool:
    """A program with arguments, from `with` to its end."""

    def __init__(self, name, *arguments):
        self.about = f"{name} {' '.join(arguments)}"
        pipe = subprocess.PIPE
        self.child = subprocess.Popen([FOLDER / name, *arguments], stdout=pipe, stderr=pipe, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.child.kill()
        self.child.communicate()

    def wait_to_say(self, *words):
        """Reads what it says until each of these was in a line."""
        missing = set(words)
        while missing:
            line = self.child.stderr.readline()
            check(line, f"{self.about} ended without saying {missing}")
            missing = {word for word in missing if word not in line}

    def wait_for_first_words(self):
        """From then on Ctrl-C is a wish to stop."""
        self.child.stderr.readline()

    def end(self, status=0):
        """What it says at its end, which is to come by itself."""
        try:
            out, error = self.child.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            check(False, f"{self.about} does not end")
        check(self.child.returncode == status, f"{self.about} ended with {self.child.returncode}: {out}{error}")
        return out, error

    def stop(self):
        """The same, with Ctrl-C."""
        self.child.send_signal(signal.SIGINT)
        return self.end()


def says(text, *words):
    plain = " ".join(text.split())
    for word in words:
        check(word in plain, f"'{word}' is not in what was said: {text}")


def number_in(pattern, text):
    found = re.search(pattern, text)
    check(found, f"there is no '{pattern}' in {text}")
    return int(found[1])


def counter(picture):
    """The number in a test picture: yellow, five rows of square dots, three columns to a digit and one between."""
    blue, green, red = (picture[:, :, channel].astype(int) for channel in range(3))
    yellow = (blue < 100) & (green > 150) & (red > 150)
    check(yellow.any(), "there is no counter in the picture")
    rows, columns = np.flatnonzero(yellow.any(axis=1)), np.flatnonzero(yellow.any(axis=0))
    top, left = rows[0], columns[0]
    dot = (rows[-1] + 1 - top) / 5
    digits = round((columns[-1] + 1 - left + dot) / (4 * dot))
    down = [top + int(dot * (row + 0.5)) for row in range(5)]
    across = [left + int(dot * (column + 0.5)) for column in range(4 * digits - 1)]
    seen = yellow[np.ix_(down, across)]
    return int("".join(digit(seen[:, 4 * place : 4 * place + 3]) for place in range(digits)))


SHAPES = {
    "### #.# #.# #.# ###": "0",
    ".#. ##. .#. .#. ###": "1",
    "### ..# ### #.. ###": "2",
    "### ..# ### ..# ###": "3",
    "#.# #.# ### ..# ..#": "4",
    "### #.. ### ..# ###": "5",
    "### #.. ### #.# ###": "6",
    "### ..# ..# ..# ..#": "7",
    "### #.# ### #.# ###": "8",
    "### #.# ### ..# ###": "9",
}


def digit(dots):
    shape = " ".join("".join("#" if dot else "." for dot in row) for row in dots)
    check(shape in SHAPES, f"{shape} is no digit")
    return SHAPES[shape]


class PythonHub:
    """imagezmq's ImageHub, which takes COUNT pictures in a thread of its own and answers as told."""

    def __init__(self, receive, answers=()):
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.hub = imagezmq.ImageHub(open_port=self.address)
        self.hub.zmq_socket.setsockopt(zmq.RCVTIMEO, PATIENCE_S * 1000)
        self.taken = []
        self.thread = threading.Thread(target=self.serve, args=(receive, answers), daemon=True)
        self.thread.start()

    def serve(self, receive, answers):
        for number in range(COUNT):
            text, body = getattr(self.hub, receive)()
            self.taken.append((text, body.copy() if receive == "recv_image" else bytes(body)))
            self.hub.send_reply(dict(answers).get(number, b"OK"))
        self.hub.close()


def send_test_to_python():
    hub = PythonHub("recv_jpg")
    with Tool("picket-node", "send-test", "--to", hub.address, "--count", str(COUNT), "--size", "320x240") as sender:
        says(sender.end()[0], f"{COUNT} pictures of", f"{COUNT} answered OK, 0 refused", "(median)", "(95 %)")
    pictures = [cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_UNCHANGED) for _, body in hub.taken]
    check({picture.shape for picture in pictures} == {(240, 320, 3)}, "the JPEG pictures are not 320x240")
    check([counter(picture) for picture in pictures] == list(range(1, COUNT + 1)), "the JPEG counters are wrong")
    check({text for text, _ in hub.taken} == {socket.gethostname().split(".")[0]}, f"texts: {hub.taken[0][0]}")

    hub = PythonHub("recv_image")
    arguments = ["--raw", "--count", str(COUNT), "--text", "From Sender"]
    with Tool("picket-node", "send-test", "--to", hub.address, *arguments) as sender:
        says(sender.end()[0], f"{COUNT} pictures of 468.8 KiB", f"{COUNT} answered OK")
    for number, (text, picture) in enumerate(hub.taken, start=1):
        check((text, picture.shape, picture.dtype) == ("From Sender", (400, 400, 3), np.uint8), "a raw picture is odd")
        check(counter(picture) == number, f"the raw picture {number} tells {counter(picture)}")
        check(tuple(picture[52, 200]) == GREEN and tuple(picture[40, 200]) == BLACK, "the frame is not where it was")

    hub = PythonHub("recv_jpg", {3: b"ERROR: full", 5: b"SendFrames 10"}.items())
    with Tool("picket-node", "send-test", "--to", hub.address, "--count", str(COUNT)) as sender:
        out, error = sender.end(status=1)
    says(out, f"{COUNT - 2} answered OK, 1 refused, 0 not answered, 1 answered otherwise", '"ERROR: full"')
    says(error, 'picture 4 was refused: "full"', 'picture 6 was answered "SendFrames 10"')


def publish_to_python():
    address = f"tcp://127.0.0.1:{free_port()}"
    with Tool("picket-node", "send-test", "--pub", "--to", address, "--fps", "50") as sender:
        subscriber = imagezmq.ImageHub(open_port=address, REQ_REP=False)
        subscriber.zmq_socket.setsockopt(zmq.RCVTIMEO, PATIENCE_S * 1000)
        numbers = []
        for _ in range(COUNT):
            _, body = subscriber.recv_jpg()
            numbers.append(counter(cv2.imdecode(np.frombuffer(bytes(body), np.uint8), cv2.IMREAD_COLOR)))
        subscriber.close()
        check(numbers == list(range(numbers[0], numbers[0] + COUNT)), f"published pictures are missing: {numbers}")
        says(sender.stop()[0], "subscribers: 1 came")


def silence():
    """A door that is open and silent, and none at all."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with Tool("picket-node", "send-test", "--to", address, "--timeout", "200ms") as sender:
            says(sender.end(status=1)[1], "no answer in 200ms", "takes connections and is silent", "doctor")
    with Tool("picket-node", "send-test", "--to", address, "--timeout", "200ms") as sender:
        says(sender.end(status=1)[1], "no program listens on that port")


@contextlib.contextmanager
def receiving(count):
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    with Tool("picket-hub", "receive", "--listen", address, *(["--count", str(count)] if count else [])) as receiver:
        wait_for(lambda: is_listening(port), "receive to listen")
        yield receiver, address


def python_to_receive():
    grey = np.arange(48, dtype=np.uint8).reshape(6, 8)
    jpeg = cv2.imencode(".jpg", np.zeros((24, 32, 3), np.uint8))[1].tobytes()
    with receiving(2 * COUNT + 2) as (receiver, address):
        sender = imagezmq.ImageSender(connect_to=address)
        sender.zmq_socket.setsockopt(zmq.RCVTIMEO, PATIENCE_S * 1000)
        for _ in range(COUNT):
            check(sender.send_jpg("Barn Door|jpg", jpeg) == b"OK", "a JPEG was not answered OK")
            check(sender.send_image("rpi", np.zeros((24, 32, 3), np.uint8)) == b"OK", "pixels were not answered OK")
        refused = sender.send_image("rpi", np.zeros((2, 2), np.float32))
        check(refused.startswith(b"ERROR: image: dtype float32"), f"float32 was answered {refused}")
        check(sender.send_image("grey one", grey[:, ::2]) == b"OK", "grey pixels were not answered OK")
        check(sender.send_jpg("Gate|motion|moving", b"0") == b"OK", "a text was not answered OK")
        out, error = receiver.end()
        sender.close()
    size = len('{"msg": "Barn Door|jpg"}') + len(jpeg)
    says(out, f"Barn Door 127.0.0.1 {COUNT} {COUNT * size} {size} 32x24 JPEG", f"rpi 127.0.0.1 {COUNT} ", "32x24 BGR")
    says(out, "grey one 127.0.0.1 1 ", "4x6 grey", "Gate 127.0.0.1 1 ", "no picture", "senders: 4; refused: 1")
    says(out + error, "refused 1 from 127.0.0.1: image: dtype float32 is not uint8")


def published_to_receive():
    addresses = [f"tcp://127.0.0.1:{free_port()}" for _ in range(2)]
    publishers = [imagezmq.ImageSender(connect_to=address, REQ_REP=False) for address in addresses]
    with Tool("picket-hub", "receive", "--connect", *addresses, "--count", "100") as receiver:
        # One that is reached first could send all of them before the other is.
        receiver.wait_to_say(*(f"connected to {address}" for address in addresses))
        while receiver.child.poll() is None:
            for number, publisher in enumerate(publishers):
                publisher.send_jpg(f"Camera{number}", b"\xff\xd8 no picture")
            # A publisher hears of its subscriber a moment after that has connected.
            time.sleep(0.02)
        out, _ = receiver.end()
    for publisher in publishers:
        publisher.close()
    said = [f"Camera{number} {address} " for number, address in enumerate(addresses)]
    says(out, *said, "damaged JPEG", "100 messages; senders: 2; refused: 0")


def the_pair():
    with receiving(COUNT) as (receiver, address):
        with Tool("picket-node", "send-test", "--to", address, "--count", str(COUNT)) as sender:
            says(sender.end()[0], f"{COUNT} answered OK")
        says(receiver.end()[0], f"127.0.0.1 {COUNT} ", "400x400 JPEG", f"{COUNT} messages; senders: 1")
    with receiving(None) as (receiver, address):
        with Tool("picket-node", "send-test", "--to", address) as sender:
            sender.wait_for_first_words()
            python = imagezmq.ImageSender(connect_to=address)
            for _ in range(COUNT):
                python.send_jpg("beside it", b"0")
            python.close()
            sent = sender.stop()[0]
            says(sent, " 0 refused, 0 not answered")
        out = receiver.stop()[0]
        says(out, f"beside it 127.0.0.1 {COUNT} ")
        # The answer to the last picture may have come after Ctrl-C.
        answered, taken = number_in(r"(\d+) answered OK", sent), number_in(r"(\d+) messages;", out) - COUNT
        check(taken - answered in (0, 1), f"{answered} pictures were answered and {taken} taken")


def send_test_to_hub():
    with Hub() as hub:
        for _ in range(2):
            for form in "--jpg", "--raw":
                with Tool("picket-node", "send-test", "--to", hub.address, "--count", "3", form) as sender:
                    says(sender.end()[0], "3 answered OK, 0 refused")
        with Tool("picket-node", "send-test", "--to", hub.address, "--count", "3", "--text", "Barn Door|jpg") as sender:
            says(sender.end()[0], "3 answered OK")
        hub.stop()
        shelf = Shelf(hub)
        shelf.check()
        texts = [record["msg"] for record in shelf.records]
        check(texts == ["Barn Door|jpg"] * 3, f"not only what has a | is stored: {texts}")
        pictures = [cv2.imdecode(np.frombuffer(shelf.bytes(image), np.uint8), 1) for image in shelf.images]
        check([counter(picture) for picture in pictures] == [1, 2, 3], "the stored counters are wrong")


def node_at_receive():
    """A node that finds `receive` keeps everything until a hub takes its place."""
    with Hub() as hub:
        hub.stop()
        configuration = f"""
node: {{name: Gate, heartbeat: 1s}}
hub: {{connect: '{hub.address}', timeout: 1s}}
cameras:
  - {{view: Scene, source: {{kind: pattern, resolution: 160x120}}, send: continuous, detectors: [{{kind: motion}}]}}
"""
        with Tool("picket-hub", "receive", "--listen", hub.address) as receiver:
            wait_for(lambda: is_listening(hub.port), "receive to listen")
            with Program("picket-node", configuration) as node:
                node.wait_to_say(" has not answered for ", 0)
                out, error = receiver.stop()
                says(error, "Gate at 127.0.0.1 is a Picket node and says hello")
                says(out, "of the Picket node Gate", "which keeps them")
                check(not node.count("lock-step"), "the node took `receive` for an old hub")
                hub.start()
                node.wait_to_say(" connected hub=", 0)
                wait_for(lambda: len(hub.files()) > COUNT, "the node's images")
                node.stop()
        hub.stop()
        shelf = Shelf(hub)
        shelf.check()
        streams = shelf.streams()
        check(streams, "nothing of the node is stored")
        for records in streams.values():
            sequence = [record["seq"] for record in records]
            check(sequence == list(range(1, len(sequence) + 1)), f"of the node's messages {sequence[:5]}... are stored")


def main():
    send_test_to_python()
    publish_to_python()
    silence()
    python_to_receive()
    published_to_receive()
    the_pair()
    send_test_to_hub()
    node_at_receive()
    return "send-test and receive understand imagezmq and one another; no hub stores a test, no node forgets for one"


if __name__ == "__main__":
    run(main)
