"""imagezmq's ImageSender for hubs that may go away: it never waits for ever, and never loses a picture without saying so.

A plain ImageSender that waits for the answer of a hub that was just killed, or whose cable was pulled, waits for ever:
the answer died with the hub, the sender may not send again without one, and no hub can wake it. So this one waits
for a while only, throws its socket away, opens another and sends the same picture again. A Picket hub stores such a picture once,
also where it had it already and only the answer was lost. Copy this file and use it like imagezmq.ImageSender:

    sender = PatientSender("tcp://hub.local:5555")
    answer = sender.send_jpg("Barn Door|jpg", jpeg_bytes)
"""

import time

import imagezmq
import zmq


class NoAnswer(Exception):
    """The hub has not answered in the time it was given. The picture may have arrived or not."""


class PatientSender:
    def __init__(self, connect_to, answer_within_s=5.0, give_up_after_s=None):
        """Each try is given answer_within_s; with give_up_after_s a picture is given up at last (NoAnswer), else it is
        tried until it is answered."""
        self.connect_to = connect_to
        self.answer_within_s = answer_within_s
        self.give_up_after_s = give_up_after_s
        self.tries = 0
        self._open()

    def send_jpg(self, text, jpeg):
        """The hub's answer: b"OK", or why it does not take the picture."""
        return self._send("send_jpg", text, jpeg)

    def send_image(self, text, pixels):
        return self._send("send_image", text, pixels)

    def close(self):
        self._sender.close()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def _open(self):
        self._sender = imagezmq.ImageSender(connect_to=self.connect_to)
        socket = self._sender.zmq_socket
        # What cannot be delivered must not hold up close().
        socket.setsockopt(zmq.LINGER, 0)
        milliseconds = round(self.answer_within_s * 1000)
        socket.setsockopt(zmq.SNDTIMEO, milliseconds)
        socket.setsockopt(zmq.RCVTIMEO, milliseconds)

    def _send(self, way, text, picture):
        start = time.monotonic()
        while True:
            self.tries += 1
            try:
                return getattr(self._sender, way)(text, picture)
            except zmq.Again:
                # This socket will never be answered; a new one also finds a hub that has come back elsewhere.
                self._sender.close()
                self._open()
            waited = time.monotonic() - start
            if self.give_up_after_s is not None and waited >= self.give_up_after_s:
                raise NoAnswer(f"no answer from {self.connect_to} in {waited:.0f} s")
