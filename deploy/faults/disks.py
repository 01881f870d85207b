"""The disks of hub and nodes are full and free again, slow, fail now and then or for good: nothing that was acknowledged
is lost, nothing is promised that cannot be kept, and everybody goes on by himself as soon as it can go on.

usage: disks.py FOLDER_OF_PROGRAMS [TIMES [SEED]]"""

import time

from disk import MIB, Disk, enter_namespaces, fast_folder
from syscalls import tampering
from world import World, check, run, wait_for

# How long each fault lasts, times the rounds that are wished for.
FAULT_S = 3
# What was on its way may be acknowledged for so long.
UNDER_WAY_S = 1
# How often and how calls fail that a hub makes itself; those of its libraries are not touched.
FAILING = [
    ("syncs that fail", ["fdatasync:error=EIO:when=5+3"]),
    ("syncs that fail late", ["fdatasync:error=EIO:delay_enter=60000:when=4+5"]),
    ("syncs that fail for want of room", ["fdatasync:error=ENOSPC:when=3+9"]),
    ("writes that fail", ["pwrite64:error=EIO:when=30+41"]),
    ("writes without room", ["pwrite64:error=ENOSPC:when=20+31"]),
    ("file systems that fail", ["syncfs:error=EIO:when=2+3"]),
    ("a slow disk", ["fdatasync,syncfs:delay_enter=150000"]),
]


def full_and_free(world, disk, seconds):
    """A full disk is told, and nothing is acknowledged that cannot be kept; when there is room again it goes on."""
    before = complaints(world.hub)
    disk.fill()
    time.sleep(seconds)
    world.hub.check_alive()
    wait_for(lambda: complaints(world.hub) > before, "a hub on a full disk to say so")
    disk.empty()
    world.wait_for_progress()


def complaints(hub):
    return hub.count(" ERROR ") + hub.count(" WARN ")


def nearly_full(world, disk, seconds, dice):
    """There is room for a little only, and then for none."""
    disk.fill(leave=dice.randrange(1, 40) * MIB)
    time.sleep(seconds)
    disk.fill()
    time.sleep(seconds / 2)
    world.hub.kill()
    # A hub that starts on a full disk refuses or waits; it does no harm.
    world.hub.start()
    time.sleep(seconds / 2)
    disk.empty()
    if world.hub.child.poll() is None:
        world.wait_for_progress()
    world.start()
    world.wait_for_progress()


def failing(world, words, inside, seconds):
    world.hub.stop()
    world.hub.inside = inside
    before = complaints(world.hub)
    world.start()
    time.sleep(seconds)
    world.hub.check_alive()
    if "slow" not in words:
        wait_for(lambda: complaints(world.hub) > before, f"the hub to notice {words}")
    world.hub.kill()
    world.hub.inside = list
    world.start()
    world.wait_for_progress()


def read_only(world, disk, seconds):
    """As a file system makes itself when it has met an error: what is open can be read and no longer written. Who comes back
    only now may be told of what was stored before."""
    disk.abort()
    time.sleep(seconds / 2)
    before = world.oracle().sent.keys()
    time.sleep(seconds / 2)
    check(world.oracle().acked <= before, "messages were acknowledged onto a disk that cannot be written")
    world.hub.kill()
    disk.power_back()
    world.start()
    world.wait_for_progress()


def main(times, dice):
    enter_namespaces("--mount")
    seconds = FAULT_S * times
    tampered = [(words, tampering(*rules)) for words, rules in FAILING]
    with World(fast_folder()) as world:
        disk = world.add_disk(Disk(world.folder, "disk", 640))
        world.add_hub(data=disk.place / "data")
        # So fast that something is under way whenever a sync fails: what follows it must not be stored without it.
        world.add_load("nodes", rate=100, size="1KiB")
        world.add_load("olds", old=True)
        world.start()
        world.wait_for_progress()
        full_and_free(world, disk, seconds)
        nearly_full(world, disk, seconds, dice)
        for words, inside in tampered:
            failing(world, words, inside, seconds)
        read_only(world, disk, seconds)
        acknowledged = world.judge(refusals=True)
    faults = ", ".join(["a full disk", "a nearly full one", *(words for words, _ in tampered), "a read-only one"])
    return f"{seconds} s each: {faults}; {acknowledged:,} acknowledged messages, each stored once"


if __name__ == "__main__":
    run(main)
