"""The nodes' own disks: power cuts, kills, a full disk, a read-only one and one that fails now and then, all while the hub is
away. The node never stops; what its spool had promised to keep is delivered, and everything else that it still has.

usage: nodes.py FOLDER_OF_PROGRAMS [TIMES [SEED]]"""

import time

from disk import Disk, enter_namespaces, fast_folder
from syscalls import tampering
from world import ALWAYS, World, check, run

FAULT_S = 3
CUTS = 3
# What was sent so long ago has been written: the time that one write takes, on a busy machine.
WRITTEN_S = 3
FAILING = ["fdatasync:error=EIO:when=3+5", "fdatasync:error=ENOSPC:when=2+7"]


def sent_until_lately(nodes, seconds):
    """Lets the nodes work for so long without a hub; gives what they had sent a while before its end."""
    time.sleep(max(0, seconds - WRITTEN_S))
    sent = nodes.sent()
    time.sleep(WRITTEN_S)
    return sent


def without_power(world, disk, nodes, dice):
    """With `durability: always` everything is kept that was written, and the window is what one write takes."""
    world.hub.kill()
    promised = sent_until_lately(nodes, dice.uniform(3.5, 6))
    disk.lose_power()
    nodes.kill()
    disk.power_back()
    world.start()
    world.wait_for_progress()
    return promised


def full(world, disk, nodes, seconds):
    world.hub.kill()
    time.sleep(seconds / 2)
    disk.fill()
    time.sleep(seconds)
    nodes.check_alive()
    disk.empty()
    world.start()
    world.wait_for_progress()


def full_while_the_hub_comes_back(world, disk, nodes, seconds):
    world.hub.kill()
    time.sleep(seconds)
    disk.fill()
    world.start()
    world.wait_for_progress()
    nodes.check_alive()
    disk.empty()


def read_only(world, disk, nodes, seconds):
    world.hub.kill()
    time.sleep(seconds / 2)
    disk.abort()
    time.sleep(seconds)
    nodes.check_alive()
    world.start()
    # Its memory goes on where its disk does not.
    world.wait_for_progress()
    nodes.check_alive()
    nodes.kill()
    disk.power_back()
    world.start()
    world.wait_for_progress()


def failing(world, nodes, inside, seconds):
    nodes.kill()
    nodes.inside = inside
    world.start()
    world.wait_for_progress()
    world.hub.kill()
    time.sleep(seconds)
    nodes.check_alive()
    world.start()
    world.wait_for_progress()
    # Nobody was killed, and memory had room for all: every single one arrives.
    nodes.finish()
    nodes.inside = list


def main(times, dice):
    enter_namespaces("--mount")
    seconds = FAULT_S * times
    tampered = [tampering(rule) for rule in FAILING]
    with World(fast_folder()) as world:
        disk = world.add_disk(Disk(world.folder, "card", 640))
        world.add_hub()
        nodes = world.add_load("nodes", spool=disk.place / "spool", more=[ALWAYS])
        world.start()
        world.wait_for_progress()
        promised = set()
        for _ in range(CUTS * times):
            promised |= without_power(world, disk, nodes, dice)
        check(promised, "nothing was promised")
        full(world, disk, nodes, seconds)
        full_while_the_hub_comes_back(world, disk, nodes, seconds)
        for inside in tampered:
            failing(world, nodes, inside, seconds)
        world.start()
        read_only(world, disk, nodes, seconds)
        acknowledged = world.judge(promised=promised)
    return (
        f"{CUTS * times} power cuts of nodes that keep everything at once, {len(promised):,} messages promised and delivered; "
        f"their disk full twice, failing twice and read-only, {seconds} s each; {acknowledged:,} acknowledged messages, each "
        f"stored once"
    )


if __name__ == "__main__":
    run(main)
