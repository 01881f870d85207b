"""A picket-node publishes, with `protocol: imagezmq-pub`, to many subscribers with imagezmq's own ImageHub: some that
read, one that never does, one that is killed, one that comes late. Those that read get the same bytes, all of them, and
go on when the node is killed and comes back; and the node's memory is bounded.

usage: node_pub.py FOLDER_OF_PROGRAMS"""

import contextlib
import multiprocessing
import pathlib
import tempfile
import threading

import cv2
import imagezmq
import numpy as np
import zmq

from programs import Program, check, free_port, is_listening, run, wait_for
from senders import picture

READERS = 4
PICTURES = 20
# What a subscriber that does not read may cost the node: ten pictures of 640x480 pixels are 9 MB.
MOST_MIB = 24


def configuration(port, folder, send_type, rate):
    return f"""
node: {{name: Gate, heartbeat: 1s}}
hub: {{protocol: imagezmq-pub, bind: 'tcp://127.0.0.1:{port}', send_type: {send_type}}}
cameras:
  - view: Film
    source: {{kind: images, path: '{folder}', framerate: {rate}, loop: true}}
    send: continuous
    detectors: [{{kind: motion, send: none}}]
"""


def make_film(folder, width, height):
    """Pictures of which no two are alike, so that each tells its place."""
    folder.mkdir()
    for number in range(PICTURES):
        check(cv2.imwrite(str(folder / f"{number:03}.jpg"), picture(width, height, number * 12)), "cannot write")
    return [file.read_bytes() for file in sorted(folder.iterdir())]


class Reader:
    """A subscriber that reads what comes in a thread of its own, until the end of `with`."""

    def __init__(self, port, method="recv_jpg"):
        self.hub = imagezmq.ImageHub(f"tcp://127.0.0.1:{port}", REQ_REP=False)
        self.hub.zmq_socket.setsockopt(zmq.RCVTIMEO, 100)
        self.receive = getattr(self.hub, method)
        self.texts, self.pictures = set(), []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.read)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_error):
        self.stopping.set()
        self.thread.join()
        self.hub.close()

    def read(self):
        while not self.stopping.is_set():
            try:
                text, body = self.receive()
            except zmq.Again:
                continue
            self.texts.add(text)
            if text in ("Gate Film|jpg", "Gate Film|image"):
                self.pictures.append(bytes(body))

    def wait_for(self, count):
        wait_for(lambda: len(self.pictures) >= count, f"{count} pictures at a subscriber")


def deaf(port, limit=None):
    """One that is connected and never reads; with a limit, it holds no more than so many messages itself."""
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.setsockopt(zmq.LINGER, 0)
    if limit:
        # Which has to be said before it connects.
        socket.setsockopt(zmq.RCVHWM, limit)
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    socket.connect(f"tcp://127.0.0.1:{port}")
    return contextlib.closing(socket)


def read_for_ever(port, begun):
    hub = imagezmq.ImageHub(f"tcp://127.0.0.1:{port}", REQ_REP=False)
    while True:
        hub.recv_jpg()
        begun.set()


def check_film(pictures, film, what, most_gaps=0):
    """Each picture is the one that follows the last in the film, byte for byte; but where the node was away."""
    places = [film.index(picture) if picture in film else None for picture in pictures]
    check(None not in places, f"{what} got a picture that is not as its file")
    gaps = [pair for pair in zip(places, places[1:], strict=False) if (pair[0] + 1) % PICTURES != pair[1]]
    check(len(gaps) <= most_gaps, f"{what} missed pictures: {gaps[:3]} of {len(places)}")


def check_that_all_get_the_same(folder):
    film, port = make_film(folder / "jpg", 320, 240), free_port()
    spawn = multiprocessing.get_context("spawn")
    begun = spawn.Event()
    doomed = spawn.Process(target=read_for_ever, args=(port, begun), daemon=True)
    with contextlib.ExitStack() as stack:
        # Either side may be first.
        readers = [stack.enter_context(Reader(port)) for _ in range(READERS // 2)]
        node = stack.enter_context(Program("picket-node", configuration(port, folder / "jpg", "jpg", 30)))
        readers += [stack.enter_context(Reader(port)) for _ in range(READERS - len(readers))]
        stack.enter_context(deaf(port))
        stack.enter_context(deaf(port, limit=1))
        doomed.start()
        check(begun.wait(30), "the subscriber that is to be killed has heard nothing")
        doomed.kill()
        doomed.join()
        for reader in readers:
            reader.wait_for(PICTURES)
        late = stack.enter_context(Reader(port))
        late.wait_for(PICTURES)
        for reader in readers:
            reader.wait_for(2 * PICTURES)
            wait_for(lambda reader=reader: "Gate|Heartbeat" in reader.texts, "a sign of life")
            moves = lambda reader=reader: any(text.startswith("Gate Film|motion|") for text in reader.texts)
            wait_for(moves, "an event")
        node.kill()
        node.start()
        for reader in [*readers, late]:
            reader.wait_for(len(reader.pictures) + PICTURES)
        node.stop()
        warned = node.count("nothing is acknowledged")
        check(warned == 2, f"the node, started twice, says {warned} times that nothing is acknowledged")
    for reader in [*readers, late]:
        check_film(reader.pictures, film, "a subscriber", most_gaps=1)
    return sum(len(reader.pictures) for reader in [*readers, late])


def check_memory(folder):
    """Raw pictures, so many that they would be seen in the node's memory if it kept them for who does not read."""
    film, port = make_film(folder / "raw", 640, 480), free_port()
    film = [cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR).tobytes() for file in film]
    with Program("picket-node", configuration(port, folder / "raw", "image", 30)) as node:
        wait_for(lambda: is_listening(port), "the node to publish")
        with Reader(port, "recv_image") as reader:
            reader.wait_for(PICTURES)
            before, seen = node.memory(), len(reader.pictures)
            with deaf(port, limit=1):
                reader.wait_for(seen + 100)
                grown = (node.memory() - before) >> 20
            node.stop()
        check_film(reader.pictures, film, "the subscriber that reads")
    check(grown < MOST_MIB, f"a subscriber that does not read cost the node {grown} MiB")
    return grown


def main():
    with tempfile.TemporaryDirectory(prefix="picket-interop-") as folder:
        pictures = check_that_all_get_the_same(pathlib.Path(folder))
        grown = check_memory(pathlib.Path(folder))
    return f"{pictures} pictures reached {READERS + 1} subscribers byte for byte; one that does not read cost {grown} MiB"


if __name__ == "__main__":
    run(main)
