"""The oracle: every acknowledged id is on disk exactly once, every stored id was sent, and every payload matches. What was
sent and acknowledged is told by the senders' oracle files, what is stored by the hub's data directory, read by its
documented form alone: its files, records/, logs/ and picket.db. Knows no process.

usage: judge.py DATA_DIRECTORY ORACLE_FILE..."""

import collections
import contextlib
import json
import pathlib
import re
import sqlite3
import sys

from blake3 import blake3

STREAM = re.compile("[0-9a-f]{32}")
# What an oracle file's lines begin with, and how many words follow the stream.
VERBS = {"sent": 3, "acked": 1, "dropped": 1, "refused": 1, "damaged": 1, "moved": 1}
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ~ .*")
# The folder below images/ where a file is written before it has its name.
TEMPORARY = ".new"
# Lines of records/ that tell of another record, not of a message.
NOTES = {"deleted", "pinned", "unpinned", "rejected"}
# So many of each kind of lie are told.
TOLD = 4


class Oracle:
    """What senders say of themselves: `sent ID BLAKE3 SIZE` before a message may leave (`- 0` where it has no picture),
    `acked ID`, `dropped ID` where there was no room for it any longer, `damaged ID` where a spool could not read it,
    `refused ID` where the hub has refused it for good, `moved OLD_STREAM NEW_STREAM`. The last line may be cut off, where
    its writer was killed. An id is a stream and a number in it; an old sender, whose numbers begin anew with each of its
    lives, has a stream for each of its oracle files."""

    def __init__(self, files):
        self.sent = {}
        self.acked, self.dropped, self.damaged, self.refused = set(), set(), set(), set()
        self.moved = {}
        for file in files:
            self.read(pathlib.Path(file))

    def read(self, file):
        if not file.exists():  # Its sender was killed before it had anything to say.
            return
        *lines, _cut_off = file.read_text().split("\n")
        for line in filter(None, lines):
            verb, stream, *words = line.split(" ")
            if verb not in VERBS or len(words) != VERBS[verb]:
                raise ValueError(f"{file} has a line that means nothing here: {line!r}")
            if verb == "moved":
                self.moved[words[0]] = stream
                continue
            old = not STREAM.fullmatch(stream)
            key = (f"{file.name}: {stream}" if old else stream, int(words[0]))
            if verb == "sent":
                self.sent[key] = words[1], int(words[2])
            else:
                getattr(self, verb).add(key)

    def before_it_moved(self, key):
        """The id under which a message was sent first: on other hardware a spool's streams get other names."""
        while key not in self.sent and key[0] in self.moved:
            key = self.moved[key[0]], key[1]
        return key

    def root(self, stream):
        while stream in self.moved:
            stream = self.moved[stream]
        return stream


class Shelf:
    """A hub's data directory, read once."""

    def __init__(self, data):
        self.data = pathlib.Path(data)
        paths = [path for path in self.data.glob("images/**/*") if path.is_file() and path.parent.name != TEMPORARY]
        self.files = {str(path.relative_to(self.data)): measured(path) for path in paths}
        self.broken = []
        self.lines = [self.parsed(*line) for line in self.text("records/*.jsonl")]
        self.records = [line for line in self.lines if line and line["kind"] not in NOTES]
        # What retention deleted; what a repair found lost is none of these.
        deleted = [line for line in self.lines if line and line["kind"] == "deleted" and line.get("rule") != "lost"]
        self.deleted = {line.get("file") for line in deleted}
        self.images = [record for record in self.records if record.get("file")]
        self.rejected = [line for line in self.lines if line and line["kind"] == "rejected"]
        for file, line in self.text("logs/imagehub.log*"):
            if not LOG_LINE.fullmatch(line):
                self.broken.append(f"{file} has a line that imagehub would not write: {line[:200]!r}")
        self.rows = self.read_rows()

    def text(self, pattern):
        for file in sorted(self.data.glob(pattern)):
            *lines, rest = file.read_text(errors="replace").split("\n")
            if rest:
                self.broken.append(f"the last line of {file.name} is not whole: {rest[-200:]!r}")
            yield from ((file.name, line) for line in lines)

    def parsed(self, file, line):
        try:
            record = json.loads(line)
            record["number"], record["kind"]
            return record
        except (ValueError, TypeError, KeyError):
            self.broken.append(f"{file} has a line that is no record: {line[:200]!r}")
            return None

    def read_rows(self):
        """number, file, size, checksum of each image in the index."""
        index = self.data / "picket.db"
        if not index.exists():
            self.broken.append("there is no picket.db")
            return []
        with contextlib.closing(sqlite3.connect(f"file:{index}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT number, file, size, checksum FROM images").fetchall()


def measured(path):
    held = path.read_bytes()
    return len(held), blake3(held).hexdigest()


class Verdict:
    """The lies that were found, by kind."""

    def __init__(self):
        self.lies = collections.defaultdict(list)
        self.stored = 0

    def lie(self, kind, what):
        self.lies[kind].append(what)

    def __str__(self):
        kinds = [f"{kind}: {len(lies)}\n    " + "\n    ".join(map(str, lies[:TOLD])) for kind, lies in self.lies.items()]
        return "\n  ".join(kinds) or f"all is well, {self.stored} stored"


def judge(oracle, shelves, promised=frozenset(), lost=frozenset(), damaged=frozenset(), refusals=False):
    """What is `promised` has to be there as if it had been acknowledged, but for what a full spool has given up since. `lost`
    are the ids that may be missing, because what held them was damaged on purpose; `damaged` the stored files that may be
    missing or changed for the same reason. `refusals` are lies but where the hub could do nothing else. With several
    shelves each acknowledged id is on one of them."""
    verdict = Verdict()
    found, checksums = set(), set()
    # What became of a journal's record before it was damaged is nobody's file afterwards; `fsck` tells of it.
    orphans = {oracle.sent[key][0] for key in map(oracle.before_it_moved, lost) if key in oracle.sent}
    hit = damaged
    for shelf in shelves:
        recorded = {record["file"] for record in shelf.images}
        strays = {file for file, (_size, checksum) in shelf.files.items() if file not in recorded and checksum in orphans}
        damaged = hit | strays
        check_shelf(verdict, shelf, damaged)
        check_files(verdict, oracle, shelf, damaged)
        check_ids(verdict, oracle, shelf, damaged)
        check_order(verdict, oracle, shelf)
        found |= {(record["stream"], record["seq"]) for record in shelf.records if record["stream"]}
        found |= {(record["stream"], record["seq"]) for record in shelf.rejected if record["stream"] and record["seq"]}
        checksums |= {checksum for _size, checksum in shelf.files.values()}
        checksums |= {record["checksum"] for record in shelf.images if record["file"] in damaged | shelf.deleted}
        verdict.stored += len(shelf.records)
    given_up = oracle.dropped | oracle.damaged
    for key in (oracle.acked | promised - given_up) - lost:
        word = "acknowledged" if key in oracle.acked else "promised"
        sent = oracle.sent.get(oracle.before_it_moved(key))
        if sent is None:
            verdict.lie(f"{word} and never sent", key)
        elif STREAM.fullmatch(key[0]) and key not in found or sent[1] and sent[0] not in checksums:
            verdict.lie(f"{word} and lost", f"{key[0]} {key[1]}, {sent[0]}")
    for key in oracle.refused:
        if not refusals:
            verdict.lie("refused", key)
        if key in oracle.acked:
            verdict.lie("acknowledged and refused", key)
    return verdict


def check_shelf(verdict, shelf, damaged):
    """The files, the records and the index's rows say the same, each once."""
    for line in shelf.broken:
        verdict.lie("broken text", line)
    for line in shelf.rejected:
        verdict.lie("acknowledged and rejected", line)
    numbers = [record["number"] for record in shelf.records]
    for number, count in collections.Counter(numbers).items():
        if count > 1:
            verdict.lie("recorded twice", f"number {number}")
    named = {
        "file": collections.Counter(list(shelf.files)),
        "record": collections.Counter(record["file"] for record in shelf.images),
        "row": collections.Counter(row[1] for row in shelf.rows),
    }
    for one, other in ("file", "record"), ("record", "row"), ("file", "row"):
        for has, lacks in (one, other), (other, one):
            for name in (named[has] - named[lacks]).elements():
                if name not in damaged and name not in shelf.deleted:
                    verdict.lie(f"{has} without {lacks}", name)
    said = {record["file"]: (record["number"], record["size"], record["checksum"]) for record in shelf.images}
    for number, file, size, checksum in shelf.rows:
        if said.get(file, (number, size, checksum)) != (number, size, checksum):
            verdict.lie("row and record differ", f"{file}: {(number, size, checksum)} and {said[file]}")


def check_files(verdict, oracle, shelf, damaged):
    """Each stored file's own bytes are those that somebody sent, and nobody else's file has them too."""
    known = {checksum for checksum, size in oracle.sent.values() if size}
    records = {record["file"]: record for record in shelf.images}
    holders = collections.defaultdict(list)
    for file, (size, checksum) in shelf.files.items():
        record = records.get(file)
        if file in damaged:
            continue
        if record and (record["size"], record["checksum"]) != (size, checksum):
            verdict.lie("changed bytes", f"{file} is {size} bytes, {checksum}; its record says {record}")
        elif checksum not in known:
            verdict.lie("stored and never sent", f"{file}, {checksum}")
        holders[checksum].append(file)
    for files in holders.values():
        # A cloned card's messages come once from each machine, and each machine's streams are its own.
        streams = [records[file]["stream"] if file in records else None for file in files]
        clones = None not in streams and len(set(streams)) == len(files)
        clones = clones and len({oracle.root(stream) for stream in streams}) == 1
        if len(files) > 1 and not clones:
            verdict.lie("stored twice", ", ".join(files))


def check_ids(verdict, oracle, shelf, damaged):
    """Each recorded id was sent with these very bytes, and is recorded once."""
    times = collections.Counter((record["stream"], record["seq"]) for record in shelf.records if record["stream"])
    for key, count in times.items():
        if count > 1:
            verdict.lie("stored twice", f"{key[0]} {key[1]} is recorded {count} times")
        if oracle.before_it_moved(key) not in oracle.sent:
            verdict.lie("stored and never sent", f"{key[0]} {key[1]}")
    for record in shelf.images:
        sent = oracle.sent.get(oracle.before_it_moved((record["stream"], record["seq"])))
        if sent and sent[0] != record["checksum"]:
            verdict.lie("changed bytes", f"{record['file']} was sent as {sent[0]} and is recorded as {record['checksum']}")


def check_order(verdict, oracle, shelf):
    """In the order of the journal, a stream's numbers rise, and those of an old sender."""
    counters = {checksum: key for key, (checksum, size) in oracle.sent.items() if not STREAM.fullmatch(key[0])}
    last = {}
    for record in sorted(shelf.records, key=lambda record: record["number"]):
        of = (record["stream"], record["seq"]) if record["stream"] else counters.get(record.get("checksum"))
        if of is None:
            continue
        series, number = of
        if number < last.get(series, 0):
            verdict.lie("out of order", f"{series} {number} is recorded after {last[series]}")
        last[series] = number


def main():
    data, *files = sys.argv[1:]
    verdict = judge(Oracle(files), [Shelf(data)])
    print(f"  {verdict}")
    return 1 if verdict.lies else 0


if __name__ == "__main__":
    sys.exit(main())
