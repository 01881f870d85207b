"""A card with a full spool is cloned, and both machines send it, at once and under one name: both deliver, nothing that either
had acknowledged is lost, and what is stored twice is in two streams.

usage: clones.py FOLDER_OF_PROGRAMS [TIMES [SEED]]"""

import pathlib
import shutil
import time

from disk import enter_namespaces
from judge import Shelf
from world import ALWAYS, Skipped, World, check, run

ALONE_S = 3
TOGETHER_S = 2
SERIAL = pathlib.Path("/sys/firmware/devicetree/base/serial-number")


def other_machine(folder, dice):
    """How to run a command where the machine's id is another one."""
    place = folder / "machine-id"
    place.write_text(f"{dice.getrandbits(128):032x}\n")
    script = f"mount --bind {place} /etc/machine-id && exec \"$@\""
    return lambda command: ["unshare", "--mount", "sh", "-c", script, "sh", *command]


def one_clone(world, dice):
    """Both send what lay in the spool when the card was cloned, and what they see since."""
    original = world.add_load("original", prefix="farm", more=[ALWAYS])
    world.start()
    world.wait_for_progress()
    world.hub.kill()
    time.sleep(ALONE_S)
    original.kill()
    copy = world.folder / "clone-spool"
    shutil.copytree(original.spool, copy)
    inside = other_machine(world.folder, dice)
    world.add_load("clone", prefix="farm", spool=copy, inside=inside, more=[ALWAYS])
    world.start()
    time.sleep(TOGETHER_S)
    return world.judge()


def main(times, dice):
    enter_namespaces("--mount")
    if SERIAL.exists():
        raise Skipped("this machine's serial number cannot be changed")
    acknowledged = twice = 0
    for _ in range(times):
        with World() as world:
            world.add_hub()
            acknowledged += one_clone(world, dice)
            moved = world.oracle().moved
            check(moved, "the clone has not noticed that it is on another machine")
            files = [checksum for _size, checksum in Shelf(world.hub.data).files.values()]
            twice += len(files) - len(set(files))
    check(twice, "nothing was sent by both")
    return f"{times} cloned cards, {twice:,} pictures sent by both, each in two streams; {acknowledged:,} acknowledged messages"


if __name__ == "__main__":
    run(main)
