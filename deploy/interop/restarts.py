"""What imagezmq senders live through when a hub is killed, stopped and started, before them or after them. A stock
ImageSender that waits for a dead hub's answer waits for ever, whatever hub comes; patient_sender.py goes on, and each
picture it was answered OK for is stored once. Each fault is brought about at the moment that is meant: the hub is
stopped by a signal before the picture comes, or its answer is swallowed on the way.

usage: restarts.py FOLDER_OF_PROGRAMS"""

import contextlib
import multiprocessing
import pathlib
import signal
import socket
import threading

import imagezmq
import numpy as np
from blake3 import blake3

from patient_sender import NoAnswer, PatientSender
from programs import PATIENCE_S, Hub, check, is_listening, run, wait_for
from shelf import Shelf, check_same

ANSWER_WITHIN_S = 0.5
# How often each of the patient sender's faults is brought about.
ROUNDS = 3
ESTABLISHED = "01"


def jpeg(number):
    """Bytes that a hub keeps as they are."""
    return b"\xff\xd8 picture " + str(number).encode()


def connections(port):
    """For each connection to the port, how many bytes its owner has not read yet."""
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table]
    return [int(row[4].split(":")[1], 16) for row in rows if row[1].endswith(f":{port:04X}") and row[3] == ESTABLISHED]


def is_frozen(pid):
    states = [stat.read_text().rpartition(")")[2].split()[0] for stat in pathlib.Path("/proc").glob(f"{pid}/task/*/stat")]
    return set(states) == {"T"}


def start(hub):
    """Starts a hub again and waits until it listens."""
    hub.start()
    wait_for(lambda: hub.check_alive() or is_listening(hub.port), "the hub to listen")


@contextlib.contextmanager
def frozen_then_killed(hub):
    """In its middle the hub does nothing, so that what is sent is on its way to nobody; then it is killed."""
    hub.child.send_signal(signal.SIGSTOP)
    # The signal stops one thread after the other.
    wait_for(lambda: is_frozen(hub.child.pid), "the hub to stand still")
    try:
        yield
    finally:
        hub.kill()


def stock_sender(address, pipe):
    """A program with a plain ImageSender: a picture for each word it is given, and a word for each answer."""
    sender = imagezmq.ImageSender(connect_to=address)
    while number := pipe.recv():
        pipe.send(sender.send_jpg("Stock Door|jpg", jpeg(number)))


class Stock:
    """That program, until the end of `with`."""

    def __init__(self, address):
        spawn = multiprocessing.get_context("spawn")
        self.pipe, other = spawn.Pipe()
        self.program = spawn.Process(target=stock_sender, args=(address, other), daemon=True)
        self.program.start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.program.kill()
        self.program.join()

    def send(self, number):
        self.pipe.send(number)

    def expect_ok(self, about):
        check(self.pipe.poll(PATIENCE_S), f"a stock sender got no answer {about}")
        check(self.pipe.recv() == b"OK", f"a stock sender was not answered OK {about}")


def a_stock_sender_is_never_woken(hub):
    with Stock(hub.address) as stock:
        stock.send(1)
        stock.expect_ok("at the start")
        with frozen_then_killed(hub):
            stock.send(2)
            wait_for(lambda: any(connections(hub.port)), "the picture to lie unread at the hub")
        start(hub)
        wait_for(lambda: connections(hub.port), "the stock sender to be connected again")
        # It is connected, others are served, the hub is stopped and started once more: nothing wakes it.
        for number in range(100, 103):
            with PatientSender(hub.address) as other:
                check(other.send_jpg("Other Door|jpg", jpeg(number)) == b"OK", "the new hub does not answer others")
        hub.stop()
        start(hub)
        with PatientSender(hub.address) as other:
            check(other.send_jpg("Other Door|jpg", jpeg(103)) == b"OK", "the third hub does not answer others")
        check(not stock.pipe.poll(1), "a stock sender was answered for what a dead hub had: this page is wrong")
        check(stock.program.is_alive(), "the stock sender has ended")
    return [jpeg(number) for number in (1, 100, 101, 102, 103)]


def in_either_order(hub):
    """Sender first, hub first, and a hub that is stopped and started between two pictures: all that a stock sender
    lives through."""
    hub.stop()
    with Stock(hub.address) as stock:
        stock.send(11)
        start(hub)
        stock.expect_ok("of a hub that was started after it")
        hub.stop()
        start(hub)
        stock.send(12)
        stock.expect_ok("after a clean restart")
        hub.stop()
        stock.send(13)
        start(hub)
        stock.expect_ok("to what it sent while there was no hub")
    return [jpeg(number) for number in (11, 12, 13)]


def without_any_hub(hub):
    """A patient sender tells what it gives up."""
    hub.stop()
    with PatientSender(hub.address, answer_within_s=ANSWER_WITHIN_S, give_up_after_s=ANSWER_WITHIN_S) as sender:
        try:
            check(not sender.send_jpg("Patient Door|jpg", jpeg(21)), "nobody has answered")
        except NoAnswer:
            pass
        start(hub)
        sender.give_up_after_s = None
        check(sender.send_jpg("Patient Door|jpg", jpeg(22)) == b"OK", "a sender that gave up once does not go on")
    return [jpeg(22)]


class Relay:
    """The cable between a sender and its hub, which can swallow what the hub says."""

    def __init__(self, hub_port):
        self.hub_port = hub_port
        self.door = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.door.getsockname()[1]}"
        self.swallowing = threading.Event()
        self.swallowed = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            near, _ = self.door.accept()
            try:
                far = socket.create_connection(("127.0.0.1", self.hub_port))
            except OSError:
                near.close()
                continue
            threading.Thread(target=self.carry, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self.carry, args=(far, near, True), daemon=True).start()

    def carry(self, source, to, from_hub):
        """Bytes one way, until either end is closed. What swallows an answer swallows that connection's rest."""
        gone = False
        with contextlib.suppress(OSError), source, to:
            while some := source.recv(1 << 16):
                if from_hub and (gone or self.swallowing.is_set()):
                    gone = True
                    if b"OK" in some:
                        self.swallowing.clear()
                        self.swallowed.set()
                else:
                    to.sendall(some)

    def swallow_the_next_answer(self):
        self.swallowed.clear()
        self.swallowing.set()


class Beside:
    """Sends one picture in a thread of its own, so that its hub can be treated meanwhile."""

    def __init__(self, sender, number):
        self.outcome = None
        self.thread = threading.Thread(target=self.send, args=(sender, number), daemon=True)
        self.thread.start()

    def send(self, sender, number):
        try:
            self.outcome = sender.send_jpg("Patient Door|jpg", jpeg(number))
        except Exception as failure:  # Whatever it is, the test is to tell it.
            self.outcome = failure

    def expect_ok(self, about):
        self.thread.join(PATIENCE_S)
        check(self.outcome == b"OK", f"a patient sender's picture {about} came to {self.outcome!r}")


def a_patient_sender_goes_on(hub):
    """Every picture is answered OK at last, whatever happens to the first try; and sent again where that was lost."""
    relay = Relay(hub.port)
    sent, number = [], 30
    with PatientSender(relay.address, answer_within_s=ANSWER_WITHIN_S) as sender:

        def picture(about, fault):
            nonlocal number
            number += 1
            sent.append(jpeg(number))
            fault(lambda: Beside(sender, number), about)

        def none(send, about):
            send().expect_ok(about)

        def killed_on_the_way(send, about):
            with frozen_then_killed(hub):
                under_way = send()
                wait_for(lambda: any(connections(hub.port)), "the picture to lie unread at the hub")
            start(hub)
            under_way.expect_ok(about)

        def answer_lost(send, about):
            relay.swallow_the_next_answer()
            under_way = send()
            check(relay.swallowed.wait(PATIENCE_S), "there was no answer to swallow")
            under_way.expect_ok(about)

        def answer_lost_and_killed(send, about):
            relay.swallow_the_next_answer()
            under_way = send()
            check(relay.swallowed.wait(PATIENCE_S), "there was no answer to swallow")
            hub.kill()
            start(hub)
            under_way.expect_ok(about)

        for _ in range(ROUNDS):
            picture("without any fault", none)
            picture("whose hub was killed before it read it", killed_on_the_way)
            picture("whose answer was lost", answer_lost)
            picture("whose answer was lost and whose hub was killed", answer_lost_and_killed)
        pixels = np.full((16, 16), 130, np.uint8)
        check(sender.send_image("Patient Raw|image", pixels) == b"OK", "pixels were not answered OK")
        again = sender.tries - len(sent) - 1
    check(again >= 3 * ROUNDS, f"only {again} pictures were sent again: the faults did not come when they were meant")
    return sent, again


def main():
    with Hub() as hub:
        stored = a_stock_sender_is_never_woken(hub)
        stored += in_either_order(hub)
        stored += without_any_hub(hub)
        patient, again = a_patient_sender_goes_on(hub)
        hub.stop()
        shelf = Shelf(hub)
        shelf.check()
        images = [record for record in shelf.images if record["view"] != "Raw"]
        has = [blake3(shelf.bytes(image)).hexdigest() for image in images]
        check_same("the stored images", has, "those answered OK", [blake3(one).hexdigest() for one in stored + patient])
        check(len(shelf.images) == len(images) + 1, "the raw image is not stored once")
    return (
        f"a stock sender waits for a dead hub for ever and lives through all else; {len(patient)} pictures of a patient "
        f"one, {again} times sent again, are stored once each"
    )


if __name__ == "__main__":
    run(main)
