"""Senders that do everything wrong, against a picket-hub: each message is answered, the connection lives on
(a good image on the same socket gets its `OK`), and nothing is written outside the data directory.

usage: bad_senders.py FOLDER_OF_PROGRAMS"""

import json
import pathlib
import socket

import cv2
import numpy as np
import zmq

from programs import Hub, check, run, wait_for

PATIENCE_MS = 30_000
DEEP = "[" * 10_000 + "]" * 10_000


def jpeg(number):
    """A JPEG file that no other number has."""
    pixels = np.full((48, 64, 3), 128, np.uint8)
    cv2.putText(pixels, str(number), (2, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255))
    return cv2.imencode(".jpg", pixels)[1].tobytes()


def header(**keys):
    return json.dumps(keys).encode()


def raw(dtype="uint8", shape=(2, 4, 3), body=24):
    return [header(msg="Odd Raw|image", dtype=dtype, shape=shape), bytes(body)]


def numbered(**keys):
    """A message with Picket's own keys, some of them wrong."""
    good = {"picket": 1, "node": "Odd", "kind": "event", "stream": "0" * 31 + "1", "seq": 1, "prev": 0, "data": {}}
    return [header(msg="Odd Cam|motion|moving", **(good | keys)), b""]


BAD = {
    "one part": [header(msg="Odd Cam|jpg")],
    "three parts": [header(msg="Odd Cam|jpg"), jpeg(0), b"more"],
    "no JSON": [b"GET / HTTP/1.1", jpeg(0)],
    "an empty header": [b"", jpeg(0)],
    "not UTF-8": [b'{"msg": "\xff\xfe|jpg"}', jpeg(0)],
    "JSON cut off": [b'{"msg": "Odd Cam|jp', jpeg(0)],
    "no object": [b'["Odd Cam|jpg"]', jpeg(0)],
    "no msg": [header(text="Odd Cam|jpg"), jpeg(0)],
    "msg is a number": [header(msg=7), jpeg(0)],
    "msg is null": [header(msg=None), jpeg(0)],
    "msg is a list": [header(msg=["Odd Cam|jpg"]), jpeg(0)],
    "msg is nested deeply": [b'{"msg": ' + DEEP.encode() + b"}", jpeg(0)],
    "nothing but brackets": [DEEP.encode(), jpeg(0)],
    "float32": raw(dtype="float32", body=96),
    "an unknown dtype": raw(dtype="colour"),
    "dtype is a number": raw(dtype=8),
    "dtype without shape": [header(msg="Odd Raw|image", dtype="uint8"), bytes(24)],
    "shape without dtype": [header(msg="Odd Raw|image", shape=[2, 4, 3]), bytes(24)],
    "one dimension": raw(shape=(24,)),
    "four dimensions": raw(shape=(1, 2, 4, 3)),
    "two channels": raw(shape=(2, 4, 2), body=16),
    "no pixels": raw(shape=(0, 4, 3), body=0),
    "a negative side": raw(shape=(-2, -4, 3)),
    "a side of 1.5": raw(shape=(1.5, 4, 4)),
    "sides that are words": raw(shape=("two", "four", "three")),
    "more pixels than there are": raw(shape=(2**31, 2**31, 3)),
    "a product that overflows": raw(shape=(2**62, 4, 3), body=0),
    "a byte too few": raw(body=23),
    "a byte too many": raw(body=25),
    "Picket's version is a word": numbered(picket="one"),
    "Picket's version is 0": numbered(picket=0),
    "Picket's keys without a node": numbered(node=None),
}

# Names that imagehub would take for paths, and that are stored under clean ones.
ODD_NAMES = [
    "../../evil|jpg",
    "../../../../../../../../tmp/evil|jpg",
    "/etc/evil|jpg",
    "..|jpg",
    ".hidden evil|jpg",
    "a/b\\c d/e|jpg",
    "C:\\evil view|jpg",
    "Front Door Camera Two|jpg",
    "  spaces   everywhere  |jpg",
    "n" * 80 + "|jpg",
    "n" * 80 + " " + "v" * 80 + "|jpg",
    "Scheune S\u00fcd|jpg",
    "\U0001f98a " + "\u732b" * 80 + "|jpg",
    "nul\0byte view|jpg",
    "new\nline view|jpg",
]


class Sender:
    """A socket that counts the good images it has sent, so that no two are alike."""

    def __init__(self, context, hub, kind):
        self.kind = kind
        self.hub = hub
        self.socket = context.socket(kind)
        self.socket.setsockopt(zmq.RCVTIMEO, PATIENCE_MS)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(hub.address)

    def ask(self, parts, about):
        """The answer to a message; a DEALER sends what a REQ's library would add."""
        self.socket.send_multipart(parts if self.kind == zmq.REQ else [b"", *parts])
        return self.answer(about)

    def answer(self, about):
        try:
            parts = self.socket.recv_multipart()
        except zmq.Again:
            self.hub.check_alive()
            check(False, f"{about}: no answer")
        return parts[-1]


def expect(answer, start, about):
    check(answer.startswith(start), f"{about}: expected {start.decode()}, was answered {answer[:200]}")


def main():
    with Hub() as hub, zmq.Context() as context:
        before = surroundings(hub)
        good = []

        def still_works(sender, about):
            text = f"Odd Good{len(good)}|jpg"
            good.append(text)
            answer = sender.ask([header(msg=text), jpeg(len(good))], f"a good image after {about}")
            check(answer == b"OK", f"a good image after {about} was answered {answer[:200]}")

        for kind in (zmq.REQ, zmq.DEALER):
            sender = Sender(context, hub, kind)
            still_works(sender, "nothing")
            for about, parts in BAD.items():
                expect(sender.ask(parts, about), b"ERROR:", about)
                still_works(sender, about)
        without_delimiter(context, hub, still_works)
        deep_where_it_is_ignored(context, hub, still_works)
        not_zeromq(hub)
        odd_names(context, hub)

        wanted = len(good) + len(ODD_NAMES)
        wait_for(lambda: len(hub.files()) >= wanted, f"{wanted} images on disk")
        hub.stop()
        check_stored(hub, good)
        check(surroundings(hub) == before, f"written outside the data directory: {surroundings(hub) ^ before}")
    return f"{2 * len(BAD)} bad messages refused, {len(ODD_NAMES)} odd names kept inside, {len(good)} good images stored"


def without_delimiter(context, hub, still_works):
    """A DEALER that does not know that it has to send the empty part itself, and one that sends a long way."""
    sender = Sender(context, hub, zmq.DEALER)
    for about, parts in {
        "no empty part": [header(msg="Odd Cam|jpg"), jpeg(0)],
        "an envelope of 20 parts": [b"router"] * 20 + [b"", header(msg="Odd Cam|jpg"), jpeg(0)],
    }.items():
        sender.socket.send_multipart(parts)
        expect(sender.answer(about), b"ERROR:", about)
        still_works(sender, about)


def deep_where_it_is_ignored(context, hub, still_works):
    """Unknown keys are ignored, so that both answers are right; the stack must hold either way."""
    sender = Sender(context, hub, zmq.REQ)
    about = "an unknown key nested deeply"
    answer = sender.ask([b'{"msg": "Odd|Heartbeat", "more": ' + DEEP.encode() + b"}", b""], about)
    check(answer == b"OK" or answer.startswith(b"ERROR:"), f"{about} was answered {answer[:200]}")
    still_works(sender, about)


def not_zeromq(hub):
    """A browser at the wrong door."""
    with socket.create_connection(("127.0.0.1", hub.port), timeout=10) as browser:
        browser.sendall(b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n" + bytes(4096))
    hub.check_alive()


def odd_names(context, hub):
    sender = Sender(context, hub, zmq.REQ)
    for number, text in enumerate(ODD_NAMES):
        expect(sender.ask([header(msg=text), jpeg(1000 + number)], text), b"OK", repr(text))


def surroundings(hub):
    """Everything around the data directory, and where the odd names would like to go."""
    around = [path for path in pathlib.Path(hub.surroundings.name).rglob("*") if hub.data not in path.parents]
    evil = [path for folder in ("/", "/etc", "/tmp") for path in pathlib.Path(folder).glob("*evil*")]
    return {str(path) for path in around + evil}


def check_stored(hub, good):
    for file in hub.files():
        check(len(pathlib.PurePath(file).parts) == 3, f"{file} is not directly in a day's folder")
    rows = hub.rows("images")
    check(sorted(row["file"] for row in rows) == hub.files(), "picket-hub images does not list the files on disk")
    texts = sorted(row["text"] for row in rows)
    check(texts == sorted(good + ODD_NAMES), "the texts are not kept as they were sent, each once")
    stored = {(hub.data / row["file"]).read_bytes() for row in rows}
    sent = {jpeg(1 + number) for number in range(len(good))} | {jpeg(1000 + number) for number in range(len(ODD_NAMES))}
    check(stored == sent, "the good images are not stored byte for byte")


if __name__ == "__main__":
    run(main)
