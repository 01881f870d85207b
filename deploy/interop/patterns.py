"""Patterns in which imagezmq's ImageSender (REQ) is used, each against a picket-hub: dtypes that a hub cannot store,
headers of old and new pyzmq, texts without a picture, test pictures and `picket-hub latest`, senders behind a ZMQ queue,
and senders that correlate. (send_jpg, and send_image in grey and colour, in one piece and not: senders.py. Messages that
are none: bad_senders.py.)

usage: patterns.py FOLDER_OF_PROGRAMS"""

import contextlib
import json
import pathlib
import subprocess
import threading

import cv2
import imagezmq
import numpy as np
import zmq

from programs import FOLDER, PATIENCE_S, Hub, check, run, wait_for
from shelf import Shelf

DTYPES = ["uint16", "int8", "int64", "float32", "float64", "bool", "complex128"]


def picture(number):
    """A soft picture that no other number has."""
    pixels = np.full((48, 64, 3), (number % 256, 90, 200), np.uint8)
    cv2.putText(pixels, str(number), (2, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255))
    return pixels


def jpeg(number):
    return cv2.imencode(".jpg", picture(number))[1].tobytes()


@contextlib.contextmanager
def sender(address, *options):
    with imagezmq.ImageSender(connect_to=address) as connection:
        connection.zmq_socket.setsockopt(zmq.RCVTIMEO, PATIENCE_S * 1000)
        connection.zmq_socket.setsockopt(zmq.LINGER, 0)
        for option in options:
            connection.zmq_socket.setsockopt(option, 1)
        yield connection


def expect_ok(answer, about):
    check(answer == b"OK", f"{about} was answered {answer[:200]}")


def other_dtypes(hub):
    """Each is answered with what to do, and the hub's log says whose text it was and where it came from."""
    with sender(hub.address) as connection:
        for dtype in DTYPES:
            answer = connection.send_image(f"Odd {dtype}|image", np.zeros((4, 6, 3), dtype))
            check(answer.startswith(b"ERROR: ") and b"astype('uint8')" in answer, f"{dtype} was answered {answer[:200]}")
            expect_ok(connection.send_jpg(f"Good {dtype}|jpg", jpeg(DTYPES.index(dtype))), f"an image after {dtype}")
    for dtype in DTYPES:
        said = [line for line in hub.lines() if f"`Odd {dtype}|image`" in line and "127.0.0.1" in line]
        check(len(said) == 1, f"the hub's log has {len(said)} lines about the text and the sender of {dtype}")
    return len(DTYPES)


def both_spacings(hub):
    """pyzmq up to 22.1 writes JSON without spaces, later ones with."""
    for number, separators in enumerate([(",", ":"), (", ", ": ")]):
        with sender(hub.address) as connection:
            for kind, keys, body in [
                ("jpg", {}, jpeg(20 + number)),
                ("image", {"dtype": "uint8", "shape": [48, 64, 3]}, picture(30).tobytes()),
            ]:
                header = {"msg": f"Spacing View{number}|{kind}"} | keys
                connection.zmq_socket.send_multipart([json.dumps(header, separators=separators).encode(), body])
                expect_ok(connection.zmq_socket.recv(), f"a header like {separators}")
    return 4


def texts_only(hub):
    """As imagezmq's docs and the librarian send them."""
    with sender(hub.address) as connection:
        for payload in [b"0", b"", bytes(1)]:
            expect_ok(connection.send_jpg(f"Texts|door|open-{len(payload)}-{payload.hex()}", payload), "a text")
        expect_ok(connection.send_jpg("how are you?", b"0"), "a text without |")
    wait_for(lambda: sum(" ~ Texts|door|open" in line for line in hub.log_lines()) == 3, "three texts in the log")


def latest(hub, *words, status=0):
    command = [FOLDER / "picket-hub", "latest", *words, "--data", hub.data]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S)
    check(done.returncode == status, f"picket-hub latest {words} ended with {done.returncode}: {done.stderr!r}")
    said = (done.stdout if status == 0 else done.stderr).decode()
    check("\x1b" not in said, f"picket-hub latest sends a sender's escapes to the terminal: {said!r}")
    return said


def test_pictures(hub):
    """They are answered, can be looked at, and are not stored."""
    odd = "odd \x1b[31m\nname"
    with sender(hub.address) as connection:
        for number in range(3):
            expect_ok(connection.send_jpg("rpi1", jpeg(40 + number)), "a test picture")
            expect_ok(connection.send_image("colour", picture(50 + number)), "a test picture")
            expect_ok(connection.send_image("grey", picture(60 + number)[:, :, 0]), "a test picture")
        expect_ok(connection.send_jpg(odd, jpeg(70)), "a test picture with an odd name")
    listed = [line.split() for line in latest(hub).splitlines()]
    check(listed[0] == ["TEXT", "AGE", "SIZE", "FORM"], f"the list begins with {listed[0]}")
    forms = {row[0]: row[-2:] for row in listed[1:]}
    expected = {name: [form, "64x48"] for name, form in dict(rpi1="jpg", colour="raw", grey="raw", odd="jpg").items()}
    check(forms == expected, f"listed are {forms}")
    rows = [json.loads(line) for line in latest(hub, "--json").splitlines()]
    check({row["text"] for row in rows} == {"rpi1", "colour", "grey", odd}, f"listed as JSON are {rows}")

    def saved(text):
        file = pathlib.Path(hub.surroundings.name, "latest.jpg")
        latest(hub, text, "--save", file)
        content = file.read_bytes()
        file.unlink()
        return content

    check(saved("rpi1") == jpeg(42), "the latest JPEG picture is not saved byte for byte")
    check(saved("odd \\u{1b}[31m\\nname") == jpeg(70), "a text cannot be given as it is listed")
    for text, sent in [("colour", picture(52)), ("grey", picture(62)[:, :, 0])]:
        stored = cv2.imdecode(np.frombuffer(saved(text), np.uint8), cv2.IMREAD_UNCHANGED)
        check(stored.shape == sent.shape, f"{text} is saved as {stored.shape}")
        check(np.abs(stored.astype(int) - sent).mean() < 8, f"{text} is not the latest picture of that name")
    said = latest(hub, "gray", status=1)
    check("did you mean `grey`?" in said, f"a wrong text is answered {said}")


def behind_a_queue(hub):
    """imagezmq senders behind zmq.proxy, some with correlation: each has its own answers."""
    context = zmq.Context()
    front, back = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
    front.linger = back.linger = 0
    port = front.bind_to_random_port("tcp://127.0.0.1")
    back.connect(hub.address)

    def queue():
        try:
            zmq.proxy(front, back)
        except zmq.ContextTerminated:
            front.close()
            back.close()

    threading.Thread(target=queue).start()
    try:
        return many(f"tcp://127.0.0.1:{port}", "Queue")
    finally:
        context.term()


def many(address, node):
    """Four senders in turns, of which two correlate and one is relaxed too: it sends anew without waiting."""
    with contextlib.ExitStack() as stack:
        options = [(), (), (zmq.REQ_CORRELATE,), (zmq.REQ_CORRELATE, zmq.REQ_RELAXED)]
        connections = [stack.enter_context(sender(address, *chosen)) for chosen in options]
        for number in range(10):
            for place, connection in enumerate(connections):
                answer = connection.send_jpg(f"{node} View{place}|jpg", jpeg(1000 + 10 * place + number))
                expect_ok(answer, f"{node} {place}")
            refused = connections[number % 4].send_image("Odd|image", np.zeros((2, 2), "float32"))
            check(refused.startswith(b"ERROR:"), f"{node}: somebody else's answer {refused} has come")
    return 40


def main():
    with Hub() as hub:
        images = other_dtypes(hub) + both_spacings(hub)
        texts_only(hub)
        test_pictures(hub)
        images += many(hub.address, "Direct") + behind_a_queue(hub)
        wait_for(lambda: len(hub.files()) >= images, f"{images} images on disk")
        hub.stop()
        shelf = Shelf(hub)
        shelf.check()
        check(len(shelf.files) == images, f"{len(shelf.files)} images are stored instead of {images}")
        for node in "Direct", "Queue":
            for place in range(4):
                text = f"{node} View{place}|jpg"
                stored = [shelf.bytes(record) for record in shelf.images if record["msg"] == text]
                sent = [jpeg(1000 + 10 * place + number) for number in range(10)]
                check(stored == sent, f"{text} is not stored byte for byte, in its order, each once")
    return f"{images} images of REQ senders stored, of which 40 came through a ZMQ queue; {len(DTYPES)} dtypes refused; test pictures shown"


if __name__ == "__main__":
    run(main)
