"""The judge finds each kind of lie, on directories that are made up, and is silent where there is none.

usage: judge_test.py"""

import contextlib
import json
import pathlib
import sqlite3
import tempfile
import unittest

from blake3 import blake3

from judge import Oracle, Shelf, judge

A, B, NEW = "a" * 32, "b" * 32, "c" * 32


def checksum(held):
    return blake3(held).hexdigest()


class Made:
    """A data directory and an oracle file that agree, until something is done to them."""

    def __init__(self):
        self.place = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.place.name)
        self.data = self.root / "data"
        for folder in "images/day", "images/.new", "records", "logs":
            (self.data / folder).mkdir(parents=True)
        (self.data / "images/.new/7").write_bytes(b"half a pict")
        self.said, self.records, self.rows, self.number = [], [], [], 0

    def image(self, stream, seq, held, number=None):
        """One that is stored as it should be."""
        self.number = number or self.number + 1
        file = f"images/day/{self.number}.jpg"
        (self.data / file).write_bytes(held)
        told = {"number": self.number, "kind": "image", "file": file, "size": len(held), "checksum": checksum(held)}
        self.records.append({**told, "stream": stream, "seq": seq})
        self.rows.append((self.number, file, len(held), checksum(held)))
        return file

    def event(self, stream, seq):
        self.number += 1
        self.records.append({"number": self.number, "kind": "event", "stream": stream, "seq": seq, "msg": "moving"})

    def sent(self, stream, seq, held, acked=True):
        self.said.append(f"sent {stream} {seq} " + (f"{checksum(held)} {len(held)}" if held else "- 0"))
        if acked:
            self.said.append(f"acked {stream} {seq}")

    def both(self, stream, seq, held):
        self.sent(stream, seq, held)
        return self.image(stream, seq, held)

    def judge(self, **allowed):
        (self.data / "records/day.jsonl").write_text("".join(json.dumps(record) + "\n" for record in self.records))
        (self.data / "picket.db").unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(self.data / "picket.db")) as index:
            index.execute("CREATE TABLE images (number, file, size, checksum)")
            index.executemany("INSERT INTO images VALUES (?, ?, ?, ?)", self.rows)
            index.commit()
        oracle = self.root / "oracle"
        oracle.write_text("".join(line + "\n" for line in self.said))
        return judge(Oracle([oracle]), [Shelf(self.data)], **allowed)

    def checked(self, *kinds, **allowed):
        """These lies are found and no other."""
        found = self.judge(**allowed)
        assert sorted(found.lies) == sorted(kinds), f"{kinds} were to be found, and it said: {found}"


def whole():
    """Two numbered streams, one with an event, and an old sender."""
    made = Made()
    for seq in 1, 2, 3:
        made.both(A, seq, b"picture %d" % seq)
    made.sent(B, 1, None)
    made.event(B, 1)
    for counter in 1, 2:
        held = b"old picture %d" % counter
        made.sent("Old-0001", counter, held)
        made.image(None, None, held)
    return made


class Lies(unittest.TestCase):
    def test_what_is_as_it_should_be_is_no_lie(self):
        whole().checked()

    def test_what_was_sent_may_be_stored_or_not_until_it_is_acknowledged(self):
        made = whole()
        made.sent(A, 4, b"stored", acked=False)
        made.image(A, 4, b"stored")
        made.sent(A, 5, b"under way", acked=False)
        made.checked()

    def test_a_lost_image(self):
        made = whole()
        made.sent(A, 4, b"picture 4")
        made.checked("acknowledged and lost")
        made.checked(lost={(A, 4)})

    def test_a_file_whose_record_was_damaged_in_the_journal(self):
        made = whole()
        made.sent(A, 4, b"picture 4")
        (made.data / "images/day/44.jpg").write_bytes(b"picture 4")
        made.checked("file without row", "file without record", "acknowledged and lost")
        made.checked(lost={(A, 4)})

    def test_a_promised_image_that_is_lost(self):
        made = whole()
        made.sent(A, 4, b"picture 4", acked=False)
        made.checked("promised and lost", promised={(A, 4)})
        made.checked(promised={(A, 4)}, lost={(A, 4)})
        made.said.append(f"dropped {A} 4")
        made.checked(promised={(A, 4)})

    def test_a_lost_event(self):
        made = whole()
        made.sent(B, 2, None)
        made.checked("acknowledged and lost")

    def test_a_lost_image_of_an_old_sender(self):
        made = whole()
        made.sent("Old-0001", 3, b"old picture 3")
        made.checked("acknowledged and lost")

    def test_an_acknowledgement_of_what_was_never_sent(self):
        made = whole()
        made.said.append(f"acked {A} 9")
        made.checked("acknowledged and never sent")

    def test_a_doubled_image(self):
        made = whole()
        made.image(A, 3, b"picture 3")
        made.checked("stored twice")

    def test_a_doubled_event(self):
        made = whole()
        made.event(B, 1)
        made.checked("stored twice")

    def test_a_doubled_image_of_an_old_sender(self):
        made = whole()
        made.image(None, None, b"old picture 2")
        made.checked("stored twice")

    def test_the_same_bytes_under_another_id(self):
        made = whole()
        made.sent(A, 4, b"picture 4")
        made.image(A, 4, b"picture 3")
        made.checked("changed bytes", "acknowledged and lost", "stored twice")

    def test_a_stranger(self):
        made = whole()
        made.image(None, None, b"nobody's")
        made.checked("stored and never sent")

    def test_a_strange_event(self):
        made = whole()
        made.event(B, 2)
        made.checked("stored and never sent")

    def test_changed_bytes_on_the_disk(self):
        made = whole()
        file = made.both(A, 4, b"picture 4")
        (made.data / file).write_bytes(b"pictur3 4")
        made.checked("changed bytes", "acknowledged and lost")
        made.checked(damaged={file})

    def test_changed_bytes_before_they_were_recorded(self):
        made = whole()
        made.sent(A, 4, b"picture 4")
        made.image(A, 4, b"pictur3 4")
        made.checked("changed bytes", "acknowledged and lost", "stored and never sent")

    def test_a_file_without_a_row(self):
        made = whole()
        made.rows.pop()
        made.checked("file without row", "record without row")

    def test_a_row_without_a_file(self):
        made = whole()
        file = made.both(A, 4, b"picture 4")
        (made.data / file).unlink()
        made.checked("row without file", "record without file", "acknowledged and lost")
        made.checked(damaged={file})

    def test_a_file_without_anything(self):
        made = whole()
        (made.data / "images/day/99.jpg").write_bytes(b"?")
        made.checked("file without row", "file without record", "stored and never sent")

    def test_a_row_that_says_something_else(self):
        made = whole()
        number, file, size, told = made.rows.pop()
        made.rows.append((number, file, size + 1, told))
        made.checked("row and record differ")

    def test_a_number_recorded_twice(self):
        made = whole()
        made.sent(A, 4, b"picture 4")
        made.image(A, 4, b"picture 4")
        made.records.append({**made.records[-1], "seq": None, "stream": None, "file": None})
        made.checked("recorded twice")

    def test_an_order_that_is_not_kept(self):
        made = whole()
        made.both(A, 5, b"picture 5")
        made.both(A, 4, b"picture 4")
        made.checked("out of order")
        made = whole()
        made.both("Old-0001", 0, b"old picture 0") and made.records[-1].update(stream=None, seq=None)
        made.checked("out of order")

    def test_what_was_rejected(self):
        made = whole()
        made.sent(A, 4, b"picture 4")
        made.records.append({"number": 90, "kind": "rejected", "stream": A, "seq": 4, "reason": "?"})
        made.checked("acknowledged and rejected", "acknowledged and lost")

    def test_lines_that_are_not_whole(self):
        for folder, name, text in ("records", "other.jsonl", '{"number": 1'), ("logs", "imagehub.log", "half a li"):
            made = whole()
            (made.data / folder / name).write_text(text)
            made.checked("broken text")
        made = whole()
        (made.data / "logs/imagehub.log").write_text("one line in the middle of another\n")
        made.checked("broken text")

    def test_a_cloned_card(self):
        """Both machines send what lay in the spool, each in a stream of its own."""
        made = whole()
        made.said.append(f"moved {A} {NEW}")
        for seq in 1, 2:
            made.image(NEW, seq, b"picture %d" % seq)
            made.said.append(f"acked {NEW} {seq}")
        made.checked()
        made.image(NEW, 2, b"picture 2")
        made.checked("stored twice")

    def test_a_cloned_card_that_loses(self):
        made = whole()
        made.said += [f"moved {B} {NEW}", f"acked {NEW} 1"]
        made.checked("acknowledged and lost")

    def test_two_hubs_have_each_message_once_each(self):
        one, two = whole(), whole()
        one.sent(A, 4, b"only the second hub has it")
        two.image(A, 4, b"only the second hub has it")
        one.judge()
        two.judge()
        found = judge(Oracle([one.root / "oracle"]), [Shelf(one.data), Shelf(two.data)])
        assert not found.lies, found

    def test_what_was_refused(self):
        made = whole()
        made.sent(A, 4, b"picture 4", acked=False)
        made.said.append(f"refused {A} 4")
        made.checked("refused")
        made.checked(refusals=True)
        made.said.append(f"refused {A} 3")
        made.checked("acknowledged and refused", refusals=True)

    def test_an_oracle_whose_writer_was_killed_ends_before_its_last_line(self):
        made = whole()
        oracle = made.root / "torn"
        oracle.write_text(f"sent {A} 1 {'0' * 64} 7\nacked {A}")
        assert len(Oracle([oracle]).sent) == 1 and not Oracle([oracle]).acked
        oracle.write_text("forgot something\n")
        with self.assertRaises(ValueError):
            Oracle([oracle])


if __name__ == "__main__":
    unittest.main(warnings="ignore")
