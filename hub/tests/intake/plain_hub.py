"""Hubs to hold Picket's against. The first two use imagezmq's own ImageHub, answer OK and make nothing durable.

usage: plain_hub.py PORT FOLDER plain|imagehub|synced

`plain` receives a picture, writes its file and answers. `imagehub` does as imagehub 0.2 does: it answers as soon as the
picture is in a queue for 500, and another thread writes the files; what the queue has no room for is lost. (imagehub
also writes no more than 5000 images a day; that is left out.) `synced` does the least that keeps the promise of an OK:
it appends whatever has come to one file that has its room already, syncs that, and answers; no picture becomes a file."""

import collections
import datetime
import os
import pathlib
import sys
import threading
import time

import imagezmq
import zmq

QUEUE = 500
ROOM = 1 << 30


def synced(port, folder):
    """A sync for all that are there; a shorter turn no hub can have that answers when the picture is safe."""
    socket = zmq.Context.instance().socket(zmq.ROUTER)
    socket.bind(f"tcp://127.0.0.1:{port}")
    file = os.open(pathlib.Path(folder) / "journal", os.O_CREAT | os.O_RDWR)
    os.write(file, bytes(ROOM))
    os.fsync(file)
    at = 0
    while True:
        senders = []
        socket.poll()
        while True:
            try:
                sender, empty, text, picture = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                break
            at = (at + os.pwritev(file, [text, picture], at)) % (ROOM - (1 << 20))
            senders.append(sender)
        os.fdatasync(file)
        for sender in senders:
            socket.send_multipart([sender, b"", b"OK"])


def main():
    _, port, folder, kind = sys.argv
    if kind == "synced":
        synced(port, folder)
    hub = imagezmq.ImageHub(open_port=f"tcp://127.0.0.1:{port}")
    hub.zmq_socket.setsockopt(zmq.LINGER, 0)
    day = pathlib.Path(folder) / "images" / datetime.date.today().isoformat()
    day.mkdir(parents=True)
    queue = collections.deque(maxlen=QUEUE)

    def write(text, picture, at):
        name = text.split("|")[0].replace(" ", "-")
        with open(f"{day}/{name}-{at.isoformat().replace(':', '.')}.jpg", "wb") as file:
            file.write(picture)

    def drain():
        while True:
            if queue:
                write(*queue.popleft())
            else:
                time.sleep(0.0001)

    if kind == "imagehub":
        threading.Thread(target=drain, daemon=True).start()
    take = (lambda *image: queue.append(image)) if kind == "imagehub" else write
    while True:
        text, picture = hub.recv_jpg()
        take(text, picture, datetime.datetime.now())
        hub.send_reply(b"OK")


if __name__ == "__main__":
    main()
