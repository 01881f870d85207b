"""Eight Python programs with imagezmq's own ImageSender send to one picket-hub at once. What is answered
`OK` must be on disk, byte for byte, under the right name, once, in the list of images and in the log.

usage: senders.py FOLDER_OF_PROGRAMS [TIMES]"""

import collections
import concurrent.futures
import hashlib
import multiprocessing
import re
import sys

import cv2
import imagezmq
import numpy as np
import zmq

from programs import Hub, check, run, wait_for

SENDERS = 8
# JPEG images, raw images and events of each sender.
JPEGS, RAWS, EVENTS = 100, 100, 20


def picture(width, height, number):
    """A soft picture, that JPEG keeps nearly as it is: blue from the left, green from the top, red by number."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:, :, 0] = np.linspace(0, 255, width, dtype=np.uint8)[None, :]
    pixels[:, :, 1] = np.linspace(0, 255, height, dtype=np.uint8)[:, None]
    pixels[:, :, 2] = number % 256
    return pixels


def jpeg(sender, number):
    """The bytes of a JPEG file that no other sender and number have."""
    pixels = picture(320, 240, number)
    cv2.putText(pixels, f"{sender}/{number}", (20, 120), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (255, 255, 255), 2)
    good, buffer = cv2.imencode(".jpg", pixels)
    check(good, "OpenCV cannot encode")
    return buffer


def raw(number):
    """Raw pixels in the forms that programs send them: colour and grey, in one piece and cut out of more. The
    width tells the number."""
    width, height = 40 + number, 60
    pixels = picture(width, height, number)
    match number % 4:
        case 0:
            return pixels
        case 1:
            return np.ascontiguousarray(pixels[:, :, 0])
        case 2:
            return np.pad(pixels, ((5, 5), (7, 7), (0, 0)))[5:-5, 7:-7]
        case _:
            return np.ascontiguousarray(pixels[:, :, 1].T).T


def send(address, sender, times):
    """One sender's work; gives the answers that were not `OK`."""
    with imagezmq.ImageSender(connect_to=address) as connection:
        # So that a hub that does not answer is a failure and not a wait for ever.
        connection.zmq_socket.setsockopt(zmq.RCVTIMEO, 30_000)
        connection.zmq_socket.setsockopt(zmq.LINGER, 0)
        answers = []
        for number in range(JPEGS * times):
            buffer = jpeg(sender, number)
            answers.append(connection.send_jpg(f"Sender{sender} Gate|jpg", buffer if number % 2 else buffer.tobytes()))
        for number in range(RAWS * times):
            answers.append(connection.send_image(f"Sender{sender} Raw{number // RAWS}|image", raw(number % RAWS)))
        black = np.zeros((3, 3, 3), np.uint8)
        for number in range(EVENTS * times):
            answers.append(connection.send_image(event_text(sender, number), black))
        # Neither of these is stored, and both are answered.
        answers.append(connection.send_image(f"Sender{sender}|Heartbeat", black))
        answers.append(connection.send_image("a test image", picture(320, 240, 0)))
    return [answer for answer in answers if answer != b"OK"]


def event_text(sender, number):
    state = "still" if number % 2 else "moving"
    return f"Sender{sender} Gate|motion|{state}|road-{number}"


def main():
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    images = SENDERS * (JPEGS + RAWS) * times
    events = SENDERS * EVENTS * times
    with Hub() as hub:
        spawn = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(SENDERS, spawn) as pool:
            at_work = [pool.submit(send, hub.address, sender, times) for sender in range(SENDERS)]
            refused = [answer for sender in at_work for answer in sender.result()]
        check(not refused, f"{len(refused)} answers were not OK, the first: {refused[:1]}")

        wait_for(lambda: len(hub.files()) >= images, f"{images} images on disk")
        wait_for(lambda: len(hub.log_lines()) >= events, f"{events} lines in the log")
        hub.stop()
        check_files(hub, times)
        check_list(hub, images)
        check_log(hub, times)
    return f"{images} images and {events} events of {SENDERS} Python senders are stored, each once"


def check_files(hub, times):
    files = hub.files()
    expected = SENDERS * (JPEGS + RAWS) * times
    check(len(files) == expected, f"{len(files)} images on disk instead of {expected}")
    found = collections.defaultdict(list)
    for file in files:
        name = re.fullmatch(r"images/(\d{4}-\d\d-\d\d)/(.+)-(\d{4}-\d\d-\d\d)T\d\d\.\d\d\.\d\d\.\d{6}\.jpg", file)
        check(name, f"{file} is not named as imagehub names its images")
        check(name[1] == name[3], f"{file} is in another day's folder")
        found[name[2]].append(file)
    for sender in range(SENDERS):
        check_jpegs(hub, found[f"Sender{sender}-Gate"], sender, times)
        for turn in range(times):
            check_raws(hub, found[f"Sender{sender}-Raw{turn}"])


def check_jpegs(hub, files, sender, times):
    stored = collections.Counter(hashlib.sha256((hub.data / file).read_bytes()).digest() for file in files)
    sent = collections.Counter(
        hashlib.sha256(jpeg(sender, number).tobytes()).digest() for number in range(JPEGS * times)
    )
    check(stored == sent, f"the JPEG images of sender {sender} are not stored byte for byte, each once")


def check_raws(hub, files):
    widths = set()
    for file in files:
        stored = cv2.imread(str(hub.data / file), cv2.IMREAD_UNCHANGED)
        check(stored is not None, f"{file} is no image")
        number = stored.shape[1] - 40
        check(0 <= number < RAWS, f"{file} is {stored.shape[1]} pixels wide; nobody sent that")
        sent = raw(number)
        check(stored.shape == sent.shape, f"{file} is {stored.shape} and was sent as {sent.shape}")
        difference = np.abs(stored.astype(int) - sent).mean()
        check(difference < 8, f"{file} differs by {difference:.1f} a pixel from what was sent")
        widths.add(number)
    check(len(widths) == len(files) == RAWS, f"{len(widths)} of {RAWS} raw images in {len(files)} files")


def check_list(hub, images):
    listed = collections.Counter(row["file"] for row in hub.rows("images"))
    check(listed == collections.Counter(hub.files()), "picket-hub images does not list the files on disk, each once")
    check(len(listed) == images, f"picket-hub images lists {len(listed)} instead of {images}")


def check_log(hub, times):
    texts = collections.Counter()
    for line in hub.log_lines():
        match = re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ~ (.*)", line)
        check(match, f"the log has a line that imagehub would not write: {line}")
        texts[match[1]] += 1
    for sender in range(SENDERS):
        for number in range(EVENTS * times):
            text = event_text(sender, number)
            check(texts[text] == 1, f"the log has {texts[text]} lines instead of one with {text}")


if __name__ == "__main__":
    run(main)
