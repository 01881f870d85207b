"""A hub in Python, in a process of its own, so that it can be killed: it does with a message what imagehub does
(with `recv_jpg`), or keeps the pixels of whatever comes (with `recv_image`). What is answered is in its folder.

usage: imagehub.py PORT FOLDER recv_jpg|recv_image"""

import datetime
import logging
import os
import pathlib
import subprocess
import sys

import imagezmq
import numpy as np
import zmq

from programs import Failed, check, is_listening, wait_for


class Shelf:
    """imagehub's data directory: its log, and its images in a folder a day."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(folder / "logs" / "imagehub.log")
        handler.setFormatter(logging.Formatter("%(asctime)s ~ %(message)s"))
        self.log = logging.getLogger("imagehub")
        self.log.setLevel(logging.DEBUG)
        self.log.addHandler(handler)

    def take(self, text, body):
        """By the first letter of the second field. An empty one is an IndexError, which ends the hub."""
        fields = text.split("|")
        if len(fields) < 2:
            return
        match fields[1][0]:
            case "H" | "i":
                pass
            case "j":
                self.write(fields[0].strip().replace(" ", "-"), bytes(body))
            case _:
                self.log.info(text)

    def write(self, name, body):
        """The day is cut out of the name, as imagehub does it. (It writes later, in another thread, and in place.)"""
        name = f"{name}-{datetime.datetime.now().isoformat().replace(':', '.')}"
        day = self.folder / "images" / name[-26:-16]
        day.mkdir(parents=True, exist_ok=True)
        half = day / f"{name}.half"
        half.write_bytes(body)
        half.rename(day / f"{name}.jpg")


class Pixels:
    """Whatever comes, as the text and the array that `recv_image` gives."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.count = len(list(folder.glob("*.npz")))

    def take(self, text, image):
        half = self.folder / "half"
        with open(half, "wb") as file:
            np.savez(file, text=text, image=image)
        half.rename(self.folder / f"{self.count:06}.npz")
        self.count += 1


class Imagehub:
    """Such a process, from `with` to its end."""

    def __init__(self, port, folder, method="recv_jpg"):
        self.port, self.folder, self.method = port, pathlib.Path(folder), method

    def __enter__(self):
        command = [sys.executable, __file__, str(self.port), str(self.folder), self.method]
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            wait_for(lambda: self.check_alive() or is_listening(self.port), "the Python hub to listen")
        except Failed:
            self.kill()
            raise
        return self

    def __exit__(self, kind, *_error):
        alive = self.child.poll() is None
        self.kill()
        check(alive or kind, "a message of the node has ended the Python hub")

    def check_alive(self):
        check(self.child.poll() is None, "a message of the node has ended the Python hub")

    def kill(self):
        """In the middle of whatever it is doing."""
        self.child.kill()
        self.child.wait()

    def files(self):
        return sorted(self.folder.glob("images/*/*.jpg"))

    def log_lines(self):
        log = self.folder / "logs" / "imagehub.log"
        return log.read_text().splitlines() if log.exists() else []

    def arrays(self):
        """What `recv_image` gave, in its order: texts and arrays."""
        for path in sorted(self.folder.glob("*.npz")):
            with np.load(path) as file:
                yield str(file["text"]), file["image"]


def main():
    _, port, folder, method = sys.argv
    hub = imagezmq.ImageHub(open_port=f"tcp://127.0.0.1:{port}")
    receive = getattr(hub, method)
    shelf = (Shelf if method == "recv_jpg" else Pixels)(pathlib.Path(folder))
    # Nobody is left behind.
    parent = os.getppid()
    hub.zmq_socket.setsockopt(zmq.RCVTIMEO, 1000)
    while os.getppid() == parent:
        try:
            text, body = receive()
        except zmq.Again:
            continue
        shelf.take(text, body)
        hub.send_reply(b"OK")


if __name__ == "__main__":
    main()
