"""Strangers that speak nonsense, never end, never read and never go, beside fifty honest nodes and some old senders: every
honest message is stored, honest work goes on meanwhile, and the hub's memory stays small.

usage: hostile.py FOLDER_OF_PROGRAMS [TIMES [SEED]]"""

import contextlib
import random
import socket
import struct
import threading
import time

import zmq

from world import World, check, run

from bad_senders import BAD

ATTACK_S = 12
HONEST_NODES = 50
# So many of each kind at once.
EACH = 3
# What the hub may have in memory with all of them about it.
MOST_MEMORY = 512 << 20
# The beginning of each connection, as https://rfc.zeromq.org/spec/23/ has it.
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
MORE, LONG, COMMAND = 1, 2, 4


def part(body, flags=0):
    if len(body) > 255:
        return struct.pack(">BQ", flags | LONG, len(body)) + body
    return struct.pack("BB", flags, len(body)) + body


def metadata(name, value):
    return bytes([len(name)]) + name + struct.pack(">I", len(value)) + value


READY = part(b"\x05READY" + metadata(b"Socket-Type", b"DEALER") + metadata(b"Identity", b""), COMMAND)
HEARTBEAT = part(b"", MORE) + part(b'{"msg": "Odd|Heartbeat"}', MORE) + part(b"")


class Peer:
    """A connection on which a stranger says what he likes, until the attack is over."""

    def __init__(self, attack, dice):
        self.attack, self.dice = attack, dice
        self.socket = socket.create_connection(attack.door, timeout=5)

    def say(self, words):
        """False when the attack is over; the hub may hang up at any time, which is its good right."""
        self.socket.sendall(words)
        self.attack.said += len(words)
        return not self.attack.over.is_set()

    def shake_hands(self):
        """As every ZeroMQ program does. libzmq hangs up on one that says more before it has read the other's greeting."""
        self.say(GREETING)
        heard = b""
        while len(heard) < len(GREETING):
            some = self.socket.recv(len(GREETING))
            if not some:
                raise ConnectionResetError
            heard += some
        self.say(READY)
        self.wait(0.05)

    def wait(self, seconds):
        return not self.attack.over.wait(seconds)


def nonsense(peer):
    while peer.say(peer.dice.randbytes(peer.dice.randrange(1, 5000))):
        pass


def a_browser(peer):
    while peer.say(b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n" + bytes(4096)):
        pass


def silence(peer):
    while peer.wait(1):
        pass


def a_greeting_letter_by_letter(peer):
    for byte in GREETING + READY:
        peer.say(bytes([byte]))
        if not peer.wait(0.3):
            return


def a_greeting_that_goes_wrong(peer):
    words = bytearray(GREETING + READY)
    words[peer.dice.randrange(10, len(words))] ^= 1 << peer.dice.randrange(8)
    peer.say(bytes(words) + HEARTBEAT)
    peer.wait(0.2)


def a_part_without_end(peer):
    """It says that it has 4 EiB to tell."""
    peer.shake_hands()
    peer.say(part(b"", MORE) + struct.pack(">BQ", LONG, 1 << 62))
    while peer.say(bytes(1 << 16)):
        pass


def a_large_part(peer):
    """As much as any message may have, and never the last byte."""
    peer.shake_hands()
    peer.say(part(b"", MORE) + struct.pack(">BQ", LONG, 60 << 20))
    for _ in range(59 << 4):
        peer.say(bytes(1 << 16))
        if not peer.wait(0.001):
            return
    while peer.wait(1):
        pass


def parts_without_end(peer):
    """libzmq keeps a message's parts until the last one has come, however many there are, and gives nobody a say in it: what
    this stranger says stays in the hub's memory two and a half times over. So he falls silent after a while."""
    peer.shake_hands()
    for _ in range(400):
        peer.say(part(b"x" * 100, MORE) * 200)
        if not peer.wait(0.002):
            return
    silence(peer)


def one_who_never_reads(peer):
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    peer.shake_hands()
    while peer.say(HEARTBEAT * 50) and peer.wait(0.005):
        pass


def one_who_comes_and_goes(peer):
    peer.say(GREETING[: peer.dice.randrange(len(GREETING))])


def one_who_hangs_up_in_the_middle(peer):
    message = part(b"", MORE) + part(b'{"msg": "Odd Cam|jpg"}', MORE) + part(bytes(1000))
    peer.shake_hands()
    peer.say(message[: peer.dice.randrange(len(message))])


KINDS = [
    nonsense,
    a_browser,
    silence,
    a_greeting_letter_by_letter,
    a_greeting_that_goes_wrong,
    a_part_without_end,
    a_large_part,
    parts_without_end,
    one_who_never_reads,
    one_who_comes_and_goes,
    one_who_hangs_up_in_the_middle,
]


class Attack:
    """All kinds of strangers at once, from `with` to its end."""

    def __init__(self, hub, seed):
        self.hub, self.seed = hub, seed
        self.door = ("127.0.0.1", hub.port)
        self.over = threading.Event()
        self.connections = self.said = self.answered = 0

    def __enter__(self):
        strangers = [(kind, number) for kind in KINDS for number in range(EACH)]
        self.threads = [threading.Thread(target=self.again_and_again, args=stranger) for stranger in strangers]
        self.threads.append(threading.Thread(target=self.malformed))
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def again_and_again(self, kind, number):
        dice = random.Random(f"{self.seed} {kind.__name__} {number}")
        while not self.over.is_set():
            with contextlib.suppress(OSError):
                peer = Peer(self, dice)
                self.connections += 1
                with peer.socket:
                    kind(peer)
            self.over.wait(0.02)

    def malformed(self):
        """Whole messages that mean nothing."""
        with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
            dealer.setsockopt(zmq.LINGER, 0)
            dealer.setsockopt(zmq.SNDTIMEO, 1000)
            dealer.connect(self.hub.address)
            while not self.over.wait(0.01):
                for parts in BAD.values():
                    with contextlib.suppress(zmq.Again):
                        dealer.send_multipart([b"", *parts])
                with contextlib.suppress(zmq.Again):
                    while dealer.recv_multipart(zmq.NOBLOCK)[-1].startswith(b"ERROR:"):
                        self.answered += 1


def main(times, dice):
    memory = 0
    with World() as world:
        hub = world.add_hub()
        world.add_load("nodes", nodes=HONEST_NODES, rate=3)
        world.add_load("olds", nodes=5, rate=10, old=True)
        world.start()
        world.wait_for_progress()
        with Attack(hub, dice.random()) as attack:
            end = time.monotonic() + ATTACK_S * times
            while time.monotonic() < end:
                world.wait_for_progress(20, 20)
                memory = max(memory, hub.memory())
        check(attack.answered, "no malformed message was answered with an error")
        check(attack.connections > 100 and attack.said > 1 << 20, "the strangers said next to nothing")
        world.wait_for_progress()
        acknowledged = world.judge()
    check(memory < MOST_MEMORY, f"the hub had {memory >> 20} MiB in memory")
    return (
        f"{attack.connections:,} hostile connections with {attack.said >> 20} MiB beside {HONEST_NODES} honest nodes, "
        f"{attack.answered:,} malformed messages refused; {acknowledged:,} acknowledged messages, each stored once; the hub had "
        f"{memory >> 20} MiB in memory at most"
    )


if __name__ == "__main__":
    run(main)
