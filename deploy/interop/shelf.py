"""What a stopped hub has kept, and whether its parts agree: the tree, the records, the list of images and the
log. Knows nothing of who sent it."""

import collections
import itertools
import json
import pathlib
import re

from blake3 import blake3

from programs import check

LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ~ (.*)")


class Shelf:
    """The hub's data directory, read once."""

    def __init__(self, hub):
        self.data = hub.data
        self.files = hub.files()
        self.rows = hub.rows("images")
        self.records = [json.loads(line) for line in self.lines("records/*.jsonl")]
        self.images = [record for record in self.records if record["kind"] == "image"]

    def lines(self, pattern):
        """The lines of text files, each of them whole."""
        for file in sorted(self.data.glob(pattern), key=age):
            text = file.read_text()
            check(text.endswith("\n") or not text, f"the last line of {file.name} is not whole: {text[-200:]!r}")
            yield from text.splitlines()

    def bytes(self, record):
        return (self.data / record["file"]).read_bytes()

    def streams(self):
        """The records of each numbered stream, as they were recorded."""
        streams = collections.defaultdict(list)
        for record in self.records:
            if record["stream"]:
                streams[record["stream"]].append(record)
        return streams

    def check(self):
        """Each image has one file, one record and one row, which say the same; numbers rise; lines are whole."""
        rejected = [path.name for path in self.data.glob("rejected/*")]
        check(not rejected, f"{len(rejected)} messages could not be shelved: {rejected[:4]}")
        check_same("the records", [record["file"] for record in self.images], "the tree", self.files)
        check_same("the list of images", [row["file"] for row in self.rows], "the tree", self.files)
        self.check_images()
        check_rising("the journal's number", [record["number"] for record in self.records])
        for stream, records in self.streams().items():
            check_rising(f"in stream {stream}, seq", [record["seq"] for record in records])
        self.check_log()

    def check_images(self):
        rows = {row["file"]: row for row in self.rows}
        for record in self.images:
            stored = self.bytes(record)
            size, checksum = len(stored), blake3(stored).hexdigest()
            for place, said in ("records", record), ("the list of images", rows[record["file"]]):
                told = said["size"], said["checksum"]
                check(told == (size, checksum), f"{record['file']} is {size} bytes, {checksum}; {place} say {told}")

    def check_log(self):
        """What is recorded and is no image is in the log, but for updates of an event that goes on."""
        logged = []
        for line in self.lines("logs/imagehub.log*"):
            match = LOG_LINE.fullmatch(line)
            check(match, f"the log has a line that imagehub would not write: {line!r}")
            logged.append(match[1])
        told = [record["msg"] for record in self.records if record["kind"] != "image" and not is_update(record)]
        check_same("the log", logged, "the records", told)


def age(file):
    """Dated files in the order of their days, and last the one that is being written."""
    return file.name == "imagehub.log", file.name


def is_update(record):
    return record["event"] and record["data"]["phase"] == "update"


def check_same(one, has, other, wanted):
    """The same things, each as often."""
    has, wanted = collections.Counter(has), collections.Counter(wanted)
    missing, extra = list((wanted - has).elements()), list((has - wanted).elements())
    check(
        not missing and not extra,
        f"{one} and {other} differ: {one} lack {len(missing)} ({missing[:3]}) and have {len(extra)} too many ({extra[:3]})",
    )


def check_rising(what, numbers):
    for before, after in itertools.pairwise(numbers):
        check(before < after, f"{what} {after} is recorded after {before}")
