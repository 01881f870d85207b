"""Sends what it reads from its standard input to a hub: one JSON object a line, each answered before the next is sent.

{"old": "text", "picture": "words on it"}   as Python's imagezmq sends it
{"keys": {...}, "picture": null}            with Picket's own keys, over one connection for all of them, in their order
{"keys": {...}, "file": "a.jpg"}            the same with a picture that there is
{"pour": "node", "view": "", "events": 9}   so many events, a minute apart, each with one picture, as fast as the hub takes them
{"twins": "name"}                           two machines say that they have this name, until the input ends

usage: send.py ADDRESS"""

import datetime
import json
import os
import select
import sys
from pathlib import Path

import cv2
import imagezmq
import numpy as np
import zmq


def jpeg(words):
    """A small picture, soft as a photograph is; black where there is nothing to see."""
    if words is None:
        pixels = np.zeros((8, 8, 3), np.uint8)
    else:
        pixels = np.empty((360, 640, 3), np.uint8)
        shade = sum(words.encode()) % 120
        pixels[:, :, 0] = np.linspace(60, 200, 640, dtype=np.uint8)[None, :]
        pixels[:, :, 1] = np.linspace(90, 160, 360, dtype=np.uint8)[:, None]
        pixels[:, :, 2] = 60 + shade
        cv2.putText(pixels, words, (30, 200), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (255, 255, 255), 3)
    return cv2.imencode(".jpg", pixels)[1].tobytes()


class Connection:
    """One node's way to the hub, in lock-step."""

    def __init__(self, address):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RCVTIMEO, 60_000)
        self.socket.connect(address)

    def send(self, header, body):
        self.socket.send_multipart([b"", json.dumps(header).encode(), body])
        # A hello and what is numbered is answered; what else comes by itself is passed over.
        answer = self.socket.recv_multipart()[-1]
        if b"error" in answer[:10].lower():
            sys.exit(f"the hub answers {answer!r} to {header}")


    def stored(self, before):
        """How far the hub says that it has everything."""
        answer = json.loads(self.socket.recv_multipart()[-1])
        if "error" in answer or "expect" in answer:
            sys.exit(f"the hub answers {answer}")
        return max(before, answer.get("ack", {}).get("seq", 0))


def message(name, kind, data):
    return {"msg": f"{name}|{kind}", "picket": 1, "node": name, "kind": kind, "data": data}


def pour(address, node, view, events):
    """Numbered messages, of which so many are under way as a window has room for."""
    connection, picture = Connection(address), jpeg(view)
    connection.send(message(node, "hello", {"hardware": "serial", "version": "0.1.0"}), b"")
    stream, sent, stored = os.urandom(16).hex(), 0, 0
    begin = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=events)
    told = {"what": "motion", "state": "moving", "score": 0.1}
    for number in range(events):
        at = begin + datetime.timedelta(minutes=number)
        for kind, seconds, data, body in (("event", 0, {"phase": "start", **told}, b""), ("image", 1, {"role": "best", "width": 640, "height": 360}, picture),
                                          ("event", 9, {"phase": "end", **told, "state": "still"}, b"")):
            keys = {**message(node, kind, data), "view": view, "event": f"{node}{number}", "stream": stream, "seq": sent + 1, "prev": sent,
                    "at": (at + datetime.timedelta(seconds=seconds)).isoformat()}
            keys["msg"] = f"{node} {view}|jpg" if body else f"{node} {view}|motion|{data['state']}"
            connection.socket.send_multipart([b"", json.dumps(keys).encode(), body])
            sent += 1
            while sent - stored >= 200:
                stored = connection.stored(stored)
    while stored < sent:
        stored = connection.stored(stored)


def twins(address, name):
    """Only of two that are there together each is heard after the other's hello."""
    machines = [Connection(address) for _ in range(2)]
    for number, machine in enumerate(machines):
        machine.send(message(name, "hello", {"hardware": f"serial{number}", "version": "0.1.0"}), b"")
    while not select.select([sys.stdin], [], [], 0.5)[0]:
        for machine in machines:
            machine.send(message(name, "health", {"version": "0.1.0"}), b"")


def main():
    address = sys.argv[1]
    picket, old = Connection(address), None
    for line in sys.stdin:
        wish = json.loads(line)
        if "twins" in wish:
            print("ready", flush=True)
            twins(address, wish["twins"])
            return
        if "pour" in wish:
            pour(address, wish["pour"], wish["view"], wish["events"])
            continue
        body = Path(wish["file"]).read_bytes() if wish.get("file") else jpeg(wish.get("picture"))
        if "old" in wish:
            old = old or imagezmq.ImageSender(connect_to=address)
            if old.send_jpg(wish["old"], body) != b"OK":
                sys.exit(f"the hub does not take {wish['old']!r}")
        else:
            picket.send(wish["keys"], body)
    print("sent", flush=True)
    # Closing sockets is the system's business; it does not wait for a hub that has gone.
    os._exit(0)


main()
