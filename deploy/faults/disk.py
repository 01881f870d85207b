"""Disks of one's own, which can be full, fail and lose their power: an ext4 file system in a file, mounted where only this
program and its children see it. Knows no Picket."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import struct
import sys

from world import Skipped, as_root, do

# ioctl FS_IOC_SHUTDOWN of ext4 (`_IOR('X', 125, __u32)`): from now on nothing reaches the disk and everything fails; what was
# in memory only, the file system's own journal included, is gone.
SHUTDOWN = 0x8004587D
WITHOUT_FLUSHING = 2
INSIDE = "PICKET_FAULTS_INSIDE"
MIB = 1 << 20


def enter_namespaces(*kinds):
    """Goes on in namespaces of its own, so that nothing that is mounted or connected outlives this program."""
    as_root()
    if INSIDE in os.environ:
        return
    if not shutil.which("unshare"):
        raise Skipped("there is no unshare")
    do("unshare", *kinds, "true")
    os.execvpe("unshare", ["unshare", *kinds, sys.executable, *sys.argv], {**os.environ, INSIDE: "yes"})


def fast_folder():
    """Where a disk's file lies in memory, if there is room."""
    memory = pathlib.Path("/dev/shm")
    with contextlib.suppress(OSError):
        if shutil.disk_usage(memory).free > 1024 * MIB:
            return memory
    return None


class Disk:
    def __init__(self, folder, name, mebibytes=256):
        self.image, self.place = folder / f"{name}.img", folder / name
        self.place.mkdir()
        with open(self.image, "wb") as image:
            image.truncate(mebibytes * MIB)
        do("mkfs.ext4", "-q", "-m", "0", self.image)
        self.mount()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.unmount()

    def mount(self):
        do("mount", "-o", "loop,noatime", self.image, self.place)

    def unmount(self):
        do("umount", self.place)

    def free(self):
        """Bytes."""
        return shutil.disk_usage(self.place).free

    def fill(self, leave=0):
        """Another program's file takes all the room but so many bytes."""
        # Where others were faster there is nothing left to take.
        with contextlib.suppress(OSError), open(self.place / "filler", "ab") as filler:
            os.posix_fallocate(filler.fileno(), filler.tell(), max(0, self.free() - leave))
            while not leave:
                filler.write(bytes(4096))
                filler.flush()

    def empty(self):
        """The other program's file is deleted."""
        (self.place / "filler").unlink(missing_ok=True)

    def lose_power(self):
        """Everything that was not synced is gone, at this very moment. Whoever has files open there is to be killed
        before it is unmounted."""
        folder = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING))
        finally:
            os.close(folder)

    def abort(self):
        """It can be read and not be written any more, as after an error that it has found in itself."""
        do("mount", "-o", "remount,abort", self.place)

    def power_back(self):
        self.unmount()
        self.mount()
