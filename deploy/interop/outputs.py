"""A picket-hub hands pictures on to programs with imagezmq's ImageHub (REQ_REP=False): stored ones and test pictures, as
JPEG (recv_jpg) and as pixels (recv_image), with and without filters. What arrives is, byte for byte, what is stored. One
of the programs does not read what it is sent: nobody else notices, and the hub's memory stays small.

usage: outputs.py FOLDER_OF_PROGRAMS"""

import contextlib
import json
import threading

import cv2
import imagezmq
import numpy as np
import zmq

from programs import PATIENCE_S, Hub, check, free_port, run, wait_for

# Images of each of two nodes, every second one raw.
IMAGES = 40
# Images that a program that does not read is sent beside, and the bytes of each.
UNREAD, UNREAD_BYTES = 600, 200_000
# So much more memory the hub may have then: 100 such images are 20 MB.
GROWTH_BYTES = 80 << 20


def picture(number):
    """Noise, which no two numbers share."""
    return np.random.default_rng(number).integers(0, 255, (24, 32 + number % 7, 3), np.uint8)


def grey(number):
    return np.ascontiguousarray(picture(number)[:, :, 0])


def jpeg(number):
    return cv2.imencode(".jpg", picture(number))[1].tobytes()


class Subscriber:
    """A program that collects what it is sent, until the end of `with`."""

    def __init__(self, port, receive):
        self.hub = imagezmq.ImageHub(open_port=f"tcp://127.0.0.1:{port}", REQ_REP=False)
        self.hub.zmq_socket.setsockopt(zmq.RCVTIMEO, 100)
        self.hub.zmq_socket.setsockopt(zmq.LINGER, 0)
        self.receive = receive
        self.heard = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def work(self):
        while not self.stopping.is_set():
            with contextlib.suppress(zmq.Again):
                self.heard.append(self.receive(self.hub))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_error):
        self.stopping.set()
        self.thread.join()
        self.hub.close()

    def said(self, text):
        """What it has heard under this text."""
        return [body for heard, body in self.heard if heard == text]


def recv_jpg(hub):
    text, body = hub.recv_jpg()
    return text, bytes(body)


def recv_image(hub):
    text, pixels = hub.recv_image()
    return text, np.array(pixels)


def recv_header(hub):
    """As a program that wants to know more than imagezmq tells."""
    header, body = hub.zmq_socket.recv_multipart()
    header = json.loads(header)
    return header["msg"], (header, body)


def send(connection, texts, wait):
    """Images in turns from all, each once acknowledged."""
    for number in range(IMAGES):
        for place, text in enumerate(texts):
            if number % 2:
                answer = connection.send_image(f"{text}|image", grey(number) if number % 4 == 1 else picture(number))
            else:
                answer = connection.send_jpg(f"{text}|jpg", jpeg(number + 1000 * place))
            check(answer == b"OK", f"an image was answered {answer[:200]}")
        answer = connection.send_jpg(f"{texts[0]}|motion|moving", b"0")
        check(answer == b"OK", f"an event was answered {answer[:200]}")
    wait()


def main():
    ports = [free_port() for _ in range(3)]
    outputs = f"""
outputs:
  - {{kind: imagezmq-pub, bind: 'tcp://127.0.0.1:{ports[0]}'}}
  - {{kind: imagezmq-pub, bind: 'tcp://127.0.0.1:{ports[1]}', node: Barn, view: Door, send_type: image}}
  - {{kind: imagezmq-pub, bind: 'tcp://127.0.0.1:{ports[2]}', node: Yard}}
"""
    with contextlib.ExitStack() as stack:
        # Either side first: these are there before the hub.
        everything = stack.enter_context(Subscriber(ports[0], recv_jpg))
        pixels = stack.enter_context(Subscriber(ports[1], recv_image))
        hub = stack.enter_context(Hub(sections=outputs))
        yard = stack.enter_context(Subscriber(ports[2], recv_jpg))
        headers = stack.enter_context(Subscriber(ports[0], recv_header))
        silent = stack.enter_context(never_reads(ports[0]))
        connection = stack.enter_context(imagezmq.ImageSender(connect_to=hub.address))
        connection.zmq_socket.setsockopt(zmq.RCVTIMEO, PATIENCE_S * 1000)
        connection.zmq_socket.setsockopt(zmq.LINGER, 0)
        test_pictures(connection, [everything, headers], [pixels], [yard])
        send(connection, ["Barn Door", "Yard Gate"], lambda: wait_for(lambda: stored(hub) == 2 * IMAGES, "the images"))
        check_jpegs(hub, everything, headers)
        check_pixels(pixels)
        check_filtered(hub, yard)
        do_not_read(hub, connection, everything, silent)
        hub.stop()
    return f"{2 * IMAGES} stored images were handed on as JPEG and as pixels; {UNREAD} more while somebody does not read"


def stored(hub):
    return len(hub.files())


@contextlib.contextmanager
def never_reads(port):
    with imagezmq.ImageHub(open_port=f"tcp://127.0.0.1:{port}", REQ_REP=False) as hub:
        hub.zmq_socket.setsockopt(zmq.LINGER, 0)
        yield hub.zmq_socket


def test_pictures(connection, everybody, of_barn, of_yard):
    """Test pictures are handed on as they come; they also show when a subscription has arrived."""
    for text, subscribers in [("test", everybody), ("Barn Door", of_barn), ("Yard Gate", of_yard)]:

        def has_arrived():
            check(connection.send_image(text, picture(7)) == b"OK", "a test picture was not answered OK")
            return all(subscriber.said(text) for subscriber in subscribers)

        wait_for(has_arrived, f"the test picture {text}")
    as_jpeg = cv2.imdecode(np.frombuffer(everybody[0].said("test")[0], np.uint8), cv2.IMREAD_UNCHANGED)
    check(as_jpeg.shape == picture(7).shape, f"a test picture comes as {as_jpeg.shape}")
    check(np.array_equal(of_barn[0].said("Barn Door")[0], picture(7)), "a test picture's pixels are not those sent")
    check(not of_barn[0].said("test") and not of_yard[0].said("Barn Door"), "a filter lets through what it should not")


def check_jpegs(hub, everything, headers):
    """Stored images come once, in their order, byte for byte as they are stored, and their headers say where that is."""
    for text in "Barn Door|jpg", "Yard Gate|jpg":
        wait_for(lambda: len(everything.said(text)) >= IMAGES <= len(headers.said(text)), f"all of {text}")

        def listed(text=text):
            """The index learns of an image a moment after it is stored."""
            rows = sorted(row["file"] for row in hub.rows("images") if row["node"] == text.split()[0])
            return rows if len(rows) == IMAGES else None

        rows = wait_for(listed, f"the index to have all of {text}")
        files = [(hub.data / file).read_bytes() for file in rows]
        check(everything.said(text) == files, f"{text} is not handed on as it is stored")
        for (header, body), file in zip(headers.said(text), rows):
            check(header["data"]["file"] == file, f"{file} is handed on as {header}")
            check([header["node"], header["view"]] == text.split("|")[0].split(), f"{file} is handed on as {header}")
            check((hub.data / file).read_bytes() == body, f"{file} is not handed on as it is stored")
    told = {text for text, _ in everything.heard}
    check(told == {"test", "Barn Door", "Yard Gate", "Barn Door|jpg", "Yard Gate|jpg"}, f"handed on is {told}")


def check_pixels(pixels):
    """Pixels are those that were sent, or those that OpenCV sees in the JPEG file."""
    text = "Barn Door|image"
    wait_for(lambda: len(pixels.said(text)) >= IMAGES, f"all of {text}")
    for number, heard in enumerate(pixels.said(text)):
        match number % 4:
            case 1:
                sent = grey(number)
            case 3:
                sent = picture(number)
            case _:
                sent = cv2.imdecode(np.frombuffer(jpeg(number), np.uint8), cv2.IMREAD_COLOR)
        check(np.array_equal(heard, sent), f"pixels {heard.shape} of image {number} are not those sent, {sent.shape}")
    check({heard for heard, _ in pixels.heard} == {text, "Barn Door"}, "the output with filters has others' pictures")


def check_filtered(hub, yard):
    wait_for(lambda: len(yard.said("Yard Gate|jpg")) >= IMAGES, "all of the yard")
    check({text for text, _ in yard.heard} == {"Yard Gate|jpg", "Yard Gate"}, "a filter lets through what it should not")


def do_not_read(hub, connection, everything, silent):
    """One program does not read; the others have everything all the same, and what is held for it is bounded."""
    before = hub.memory()
    body = PREFIX + bytes(UNREAD_BYTES)
    for number in range(UNREAD):
        answer = connection.send_jpg("Large View|jpg", body + number.to_bytes(4, "big"))
        check(answer == b"OK", f"an image was answered {answer[:200]}")
    wait_for(lambda: len(everything.said("Large View|jpg")) == UNREAD, "everybody else to have everything")
    heard = everything.said("Large View|jpg")
    check(heard == [body + number.to_bytes(4, "big") for number in range(UNREAD)], "something else was handed on")
    wait_for(lambda: stored(hub) == 2 * IMAGES + UNREAD, "all to be stored")
    growth = hub.memory() - before
    check(growth < GROWTH_BYTES, f"the hub has grown by {growth >> 20} MiB while somebody does not read")
    check(silent.poll(0), "the program that does not read was sent nothing: this shows nothing")


PREFIX = jpeg(0)


if __name__ == "__main__":
    run(main)
