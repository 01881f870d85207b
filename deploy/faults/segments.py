"""What lies where in the files of a segment log, journal or spool, read by the specification in common/src/log.rs; and damage
done to them. Knows no program."""

import dataclasses
import pathlib
import struct
import zlib

SEGMENT_HEAD, RECORD_HEAD = 64, 88


@dataclasses.dataclass(frozen=True)
class Record:
    """One record: where it is, and whose message it holds (none for those without a stream)."""

    file: pathlib.Path
    start: int
    end: int
    number: int
    batch: int
    id: tuple | None


def records(folder):
    """Those of all segments below a folder whose heads are in order, also behind damage. Whatever a file holds from an
    earlier life is left out: its serial was another one."""
    found = []
    for file in sorted(pathlib.Path(folder).rglob("*.log")):
        held = file.read_bytes()
        serial = int(file.stem, 16).to_bytes(8, "little")
        at = SEGMENT_HEAD
        while (at := held.find(b"PkRd", at)) >= 0:
            head = held[at : at + RECORD_HEAD]
            if len(head) < RECORD_HEAD or zlib.crc32(serial + head[8:]) != int.from_bytes(head[4:8], "little"):
                at += 4
                continue
            length, _checksum, number, batch = struct.unpack_from("<IIQQ", head, 8)
            stream, seq = int.from_bytes(head[40:56], "little"), int.from_bytes(head[56:64], "little")
            end = at + (RECORD_HEAD + length + 7) // 8 * 8
            found.append(Record(file, at, end, number, batch, (f"{stream:032x}", seq) if stream else None))
            at = min(end, len(held))
    return found


def touched(of_log, file, start, end):
    """Of the records of a log the ids that may be lost where these bytes of a file are damaged: whatever lies there; and in
    the newest batch, which nobody can know to have been whole, all that follows."""
    newest = max((record.batch for record in of_log), default=0)
    hit = [record for record in of_log if record.file == file and record.start < end and start < record.end]
    first = min((record.number for record in hit if record.batch == newest), default=None)
    after = [record for record in of_log if first is not None and record.number >= first]
    return {record.id for record in hit + after if record.id}


def flip(file, at):
    with open(file, "r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte[0] ^ 0x55]))
    return at, at + 1


def zero(file, at, length=4096):
    size = file.stat().st_size
    end = min(size, at + length)
    with open(file, "r+b") as opened:
        opened.seek(at)
        opened.write(bytes(end - at))
    return at, end


def cut(file, at):
    size = file.stat().st_size
    with open(file, "r+b") as opened:
        opened.truncate(at)
    return at, size


def delete(file, _at):
    size = file.stat().st_size
    file.unlink()
    return 0, size


def garbage(file, at):
    """Another file's bytes where its own should be."""
    size = file.stat().st_size
    end = min(size, at + 3000)
    with open(file, "r+b") as opened:
        opened.seek(at)
        opened.write(b"PkRd" + bytes(range(250)) * 12)
        opened.truncate(max(size, at))
    return at, end + 100
