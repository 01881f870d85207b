"""The raw-socket streamers that tutorials teach, written as they teach them, with a picket-node on the other side:
their senders are cameras whose frames a picket-hub stores, and their receivers show what such a camera sees.

usage: tutorials.py FOLDER_OF_PROGRAMS"""

import contextlib
import os
import pathlib
import pickle
import socket
import struct
import subprocess
import tempfile
import threading
import warnings

import cv2
import numpy as np

from programs import FOLDER, Failed, Hub, Program, check, free_port, run, wait_for

HOST = "127.0.0.1"
# Odd, as no YUV picture can be.
WIDTH, HEIGHT = 161, 121
FRAME = WIDTH * HEIGHT * 3
PATIENCE_S = 30


def frame(number):
    """A soft picture, that JPEG keeps nearly as it is, and whose mean blue tells its number."""
    pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    pixels[:, :, 0] = number * 10
    pixels[:, :, 1] = np.linspace(0, 255, WIDTH, dtype=np.uint8)[None, :]
    pixels[:, :, 2] = np.linspace(0, 255, HEIGHT, dtype=np.uint8)[:, None]
    return pixels


class Thread(threading.Thread):
    """Whatever happens in it is told by `end`."""

    def __init__(self, work, *arguments):
        super().__init__(daemon=True)
        self.work, self.arguments, self.failure, self.result = work, arguments, None, None
        self.start()

    def run(self):
        try:
            self.result = self.work(*self.arguments)
        except Exception as failure:  # It is raised again where somebody sees it.
            self.failure = failure

    def end(self):
        self.join(PATIENCE_S)
        check(not self.is_alive(), f"{self.work.__name__} does not come to its end")
        if self.failure:
            raise Failed(f"{self.work.__name__} {self.arguments}: {self.failure!r}") from self.failure
        return self.result


def listener():
    server = socket.create_server((HOST, 0))
    server.settimeout(PATIENCE_S)
    return server


def accept(server):
    connection, _ = server.accept()
    connection.settimeout(PATIENCE_S)
    return connection


def dial(port):
    """A tutorial's program is started when the other one listens."""

    def connected():
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection((HOST, port), PATIENCE_S)

    return wait_for(connected, f"somebody to listen at port {port}", PATIENCE_S)


# As the tutorials have it: the sender's loop.
def send_pickled(connection, picture, protocol=None):
    data = pickle.dumps(picture, protocol) if protocol else pickle.dumps(picture)
    message = struct.pack("Q", len(data)) + data
    connection.sendall(message)


# And the receiver's.
class PickleReceiver:
    def __init__(self, connection):
        self.connection = connection
        self.data = b""

    def receive(self):
        payload_size = struct.calcsize("Q")
        while len(self.data) < payload_size:
            packet = self.connection.recv(4 * 1024)
            if not packet:
                return None
            self.data += packet
        packed_msg_size = self.data[:payload_size]
        self.data = self.data[payload_size:]
        msg_size = struct.unpack("Q", packed_msg_size)[0]
        while len(self.data) < msg_size:
            self.data += self.connection.recv(4 * 1024)
        frame_data = self.data[:msg_size]
        self.data = self.data[msg_size:]
        return pickle.loads(frame_data)


def receive_raw(connection, length=FRAME):
    data = b""
    while len(data) < length:
        packet = connection.recv(length - len(data))
        check(packet, f"the connection ended after {len(data)} of {length} bytes")
        data += packet
    return data


def picture_of(data):
    return np.frombuffer(data, np.uint8).reshape(HEIGHT, WIDTH, 3)


def node(hub, cameras, outputs=""):
    return Program(
        "picket-node",
        f"node: {{name: Bench, heartbeat: 1s}}\nhub: {{connect: '{hub.address}'}}\n"
        f"cameras:\n{cameras}{'outputs:' if outputs else ''}\n{outputs}",
    )


def camera(view, source):
    return f"  - {{view: {view}, source: {{{source}}}, send: continuous, jpeg_quality: 95}}\n"


def stored(hub, view, count):
    """What the hub has of a camera, in the order of capture, once it is so many."""

    def files():
        found = [file for file in hub.files() if f"/Bench-{view}-" in file]
        return found if len(found) >= count else None

    found = wait_for(files, f"{count} images of {view} on disk", PATIENCE_S)
    check(len(found) == count, f"{len(found)} images of {view} are stored instead of {count}")
    return [cv2.imread(str(hub.data / file), cv2.IMREAD_UNCHANGED) for file in sorted(found)]


def check_stored(hub, view, expected):
    """The pictures are those, in that order, but for what JPEG takes."""
    for number, (picture, wanted) in enumerate(zip(stored(hub, view, len(expected)), expected)):
        check(picture is not None and picture.shape == wanted.shape, f"{view} {number} is no picture of that size")
        difference = np.abs(picture.astype(int) - wanted).mean()
        check(difference < 4, f"{view} {number} differs by {difference:.1f} a pixel from what was sent")


def told_of(hub, words):
    """Whether `picket-hub nodes` says so."""
    command = [FOLDER / "picket-hub", "nodes", "--data", hub.data]
    return words in subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S).stdout


def check_that_a_listening_sender_is_dialled(hub):
    """The pattern's first half: the server has the camera, the client shows it. Every protocol; a grey picture; a JPEG
    file in an array; and None, where their camera missed a frame."""
    grey = np.ascontiguousarray(frame(5)[:, :, 1])
    good, encoded = cv2.imencode(".jpg", frame(6), [cv2.IMWRITE_JPEG_QUALITY, 95])
    check(good, "OpenCV cannot encode")

    server = listener()

    def server_of_a_tutorial():
        with server, accept(server) as connection:
            for protocol in 2, 3, 4, 5:
                send_pickled(connection, frame(protocol), protocol)
                send_pickled(connection, None, protocol)
            send_pickled(connection, np.asfortranarray(frame(1)), 5)
            send_pickled(connection, frame(0)[::-1], 4)
            send_pickled(connection, grey)
            send_pickled(connection, encoded)
            send_pickled(connection, encoded.reshape(-1, 1))
            wait_for(lambda: len(hub.files()) >= 9, "nine images on disk")

    port = server.getsockname()[1]
    sending = Thread(server_of_a_tutorial)
    with node(hub, camera("Bench", f"kind: tcp-pickle, connect: '{HOST}:{port}'")) as dialler:
        sending.end()
        threes = np.repeat(grey[:, :, None], 3, axis=2)
        expected = [*map(frame, (2, 3, 4, 5, 1)), frame(0)[::-1], threes, frame(6), frame(6)]
        check_stored(hub, "Bench", expected)
        # They are counted, and the hub tells it.
        wait_for(lambda: told_of(hub, "4 frames missed"), "the hub to tell of 4 missed frames")
        dialler.check_alive()
    return len(expected)


def check_that_a_dialling_sender_is_heard(hub):
    """The pattern's second half. One that breaks off amid a frame, one that would have us run its code, and one that is no
    sender at all are told of, and the next one is heard."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        trace = pathlib.Path(folder, "ran")

        class Code:
            def __reduce__(self):
                return os.system, (f"touch {trace}",)

        with node(hub, camera("Door", f"kind: tcp-pickle, listen: '{HOST}:{port}'")) as listening:
            with dial(port) as connection:
                for number in range(3):
                    send_pickled(connection, frame(number))
                data = pickle.dumps(frame(9))
                connection.sendall(struct.pack("Q", len(data)) + data[: len(data) // 2])
            listening.wait_to_say("it hung up amid a frame", 0)
            with dial(port) as connection:
                send_pickled(connection, frame(3))
                listening.wait_to_say("frames again", 0)
                send_pickled(connection, Code())
                check(connection.recv(1) == b"", "who sends code is not hung up on")
            listening.wait_to_say("asks for `posix.system`, and nothing that comes in is run", 0)
            with dial(port) as connection:
                send_pickled(connection, frame(4))
                listening.wait_to_say("frames again", 1)
                connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
                check_closed(connection)
            listening.wait_to_say("are `GET / HT`: is this a tcp-pickle sender?", 0)
            check_stored(hub, "Door", [frame(number) for number in range(5)])
            wait_for(lambda: told_of(hub, "1 frame missed"), "the hub to tell of a missed frame")
        check(not trace.exists(), "what came in a pickle was run")
    return 5


def check_closed(connection):
    with contextlib.suppress(ConnectionResetError):
        check(connection.recv(1) == b"", "the connection is not closed")


def check_raw_server_that_waits(hub):
    """Their server sends bare frames once it has heard `connected`, and says the same first; at the end `finished`."""
    server = listener()

    def server_of_a_tutorial():
        with accept(server) as connection:
            check(receive_raw(connection, 9) == b"connected", "the greeting is another")
            connection.sendall(b"connected")
            for number in range(4):
                connection.sendall(frame(number).tobytes())
            connection.sendall(b"finished")
            check_closed(connection)
        # The next time it breaks off amid a frame.
        with server, accept(server) as connection:
            receive_raw(connection, 9)
            connection.sendall(frame(7).tobytes() + frame(8).tobytes()[:1000] + b"finished")

    port = server.getsockname()[1]
    source = f"kind: tcp-raw, connect: '{HOST}:{port}', size: {WIDTH}x{HEIGHT}, greeting: connected"
    sending = Thread(server_of_a_tutorial)
    with node(hub, camera("Drill", source)) as dialler:
        dialler.wait_to_say("it has finished", 0)
        sending.end()
        dialler.wait_to_say("it hung up amid a frame", 0)
        check_stored(hub, "Drill", [*map(frame, range(4)), frame(7)])
    return 5


def footage(folder, count=8):
    """A camera of ours whose pixels are known: JPEG files, and what they are when they are decoded."""
    pictures = []
    for number in range(count):
        file = folder / f"{number}.jpg"
        cv2.imwrite(str(file), frame(number))
        pictures.append(cv2.imread(str(file), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION))
    return pictures


def check_one_of(picture, pictures, what):
    check(picture is not None and picture.dtype == np.uint8, f"{what} gets no picture")
    check(any(np.array_equal(picture, wanted) for wanted in pictures), f"{what} gets other pixels than the camera's")


def check_receivers(hub):
    """Our camera in their windows, pixel by pixel: two clients dial us, a server is dialled, and one client that never
    reads delays nobody. A server that comes back is dialled again."""
    with tempfile.TemporaryDirectory() as folder:
        pictures = footage(pathlib.Path(folder))
        pickled, raw, server = free_port(), free_port(), listener()
        source = f"kind: images, path: '{folder}', loop: true, framerate: 20"
        outputs = (
            f"  - {{kind: tcp-pickle, listen: '{HOST}:{pickled}'}}\n"
            f"  - {{kind: tcp-raw, listen: '{HOST}:{raw}', size: {WIDTH}x{HEIGHT}}}\n"
            f"  - {{kind: tcp-raw, listen: '{HOST}:{(small := free_port())}', size: 64x48, framerate: 5}}\n"
            f"  - {{kind: tcp-raw, connect: '{HOST}:{server.getsockname()[1]}', greeting: connected}}\n"
        )

        def client_of_a_tutorial():
            with dial(pickled) as connection, warnings.catch_warnings():
                warnings.simplefilter("error")
                receiver = PickleReceiver(connection)
                for _ in range(10):
                    check_one_of(receiver.receive(), pictures, "a tutorial's client")

        def raw_client():
            with dial(raw) as connection:
                for _ in range(10):
                    check_one_of(picture_of(receive_raw(connection)), pictures, "a client of bare pixels")

        def small_client():
            with dial(small) as connection:
                check(len(receive_raw(connection, 64 * 48 * 3)) == 9216, "a small picture is another size")

        def server_of_a_tutorial():
            with server:
                for _ in range(2):
                    with accept(server) as connection:
                        check(receive_raw(connection, 9) == b"connected", "the greeting is another")
                        for _ in range(5):
                            check_one_of(picture_of(receive_raw(connection)), pictures, "a server that was dialled")

        cameras = f"  - {{view: Yard, source: {{{source}}}}}\n"
        with node(hub, cameras, outputs), contextlib.ExitStack() as idle:
            for port in pickled, raw:
                idle.enter_context(dial(port))
            receivers = [client_of_a_tutorial, client_of_a_tutorial, raw_client, small_client, server_of_a_tutorial]
            for receiver in [Thread(receiver) for receiver in receivers]:
                receiver.end()
    return 10 + 10 + 10 + 1 + 10


def check_both_directions(hub):
    """One connection: their frames to us, our camera's to them. Both sides finish with a word."""
    with tempfile.TemporaryDirectory() as folder:
        pictures = footage(pathlib.Path(folder))
        port = free_port()
        visitor = f"kind: tcp-raw, listen: '{HOST}:{port}', size: {WIDTH}x{HEIGHT}, greeting: connected"
        ours = f"kind: images, path: '{folder}', loop: true, framerate: 20"
        cameras = camera("Visitor", visitor) + f"  - {{view: Garden, source: {{{ours}}}}}\n"
        outputs = "  - {kind: tcp-raw, view: Garden, over: Visitor, farewell: finished}\n"
        with node(hub, cameras, outputs) as both:
            with dial(port) as connection:
                connection.settimeout(PATIENCE_S)
                check(receive_raw(connection, 9) == b"connected", "the greeting is another")
                connection.sendall(b"connected")
                for number in range(6):
                    connection.sendall(frame(number).tobytes())
                    check_one_of(picture_of(receive_raw(connection)), pictures, "the visitor")
                connection.sendall(b"finished")
            both.wait_to_say("it has finished", 0)
            check_stored(hub, "Visitor", [frame(number) for number in range(6)])
            # The next visitor, to the node's end.
            connection = dial(port)
            receive_raw(connection, 9)
            check_one_of(picture_of(receive_raw(connection)), pictures, "the next visitor")
            both.child.terminate()
            rest = b""
            while packet := connection.recv(65536):
                rest += packet
            connection.close()
            both.child.wait(PATIENCE_S)
            check(len(rest) % FRAME == 8 and rest.endswith(b"finished"), f"{len(rest)} bytes do not end with a farewell")
    return 12


def main():
    with Hub() as hub:
        counts = {
            "a listening sender": check_that_a_listening_sender_is_dialled(hub),
            "a dialling one": check_that_a_dialling_sender_is_heard(hub),
            "a sender of bare pixels": check_raw_server_that_waits(hub),
            "receivers": check_receivers(hub),
            "both directions": check_both_directions(hub),
        }
    return "tutorials' programs: " + ", ".join(f"{what} {count}" for what, count in counts.items()) + " frames"


if __name__ == "__main__":
    run(main)
