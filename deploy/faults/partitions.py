"""The network between nodes and hub is gone, or works one way only, or badly: nodes and old senders at the other end of a
cable between two network namespaces carry on by themselves when it is whole again.

With a cable that works one way or badly TCP may deliver an old sender's picture on a connection that he has given up,
seconds after he has sent it again on another one and gone on: the hub is to know it again.

usage: partitions.py FOLDER_OF_PROGRAMS [TIMES [SEED]]"""

import time

from disk import enter_namespaces
from network import NEAR, Cable, needs
from world import World, check, run

# How long each fault lasts, times the rounds that are wished for.
FAULT_S = 4
# What had arrived when the cable was cut may be acknowledged for so long.
UNDER_WAY_S = 1.5


def cut_off(world, fault, seconds):
    """Nothing comes through, so that it is a partition, and afterwards everything flows again; gives after how long."""
    with fault():
        time.sleep(UNDER_WAY_S)
        before = world.acknowledged()
        time.sleep(seconds)
        check(world.acknowledged() == before, f"{fault.__name__}: messages were acknowledged over a cut cable")
    start = time.monotonic()
    world.wait_for_progress()
    return time.monotonic() - start


def main(times, dice):
    needs("ip", "tc", "nsenter")
    enter_namespaces("--mount", "--net")
    seconds = FAULT_S * times
    with Cable() as cable, World() as world:
        world.add_hub(host=NEAR)
        world.add_load("nodes", inside=cable.inside)
        world.add_load("olds", old=True, inside=cable.inside)
        world.start()
        world.wait_for_progress()
        back = [cut_off(world, cable.pulled_out, seconds)]
        back += [cut_off(world, fault, seconds) for fault in (cable.only_in, cable.only_out)]
        cable.lossy(dice, seconds)
        with cable.slow():
            time.sleep(seconds)
        world.wait_for_progress()
        acknowledged = world.judge()
    words = ", ".join(f"{took:.1f} s" for took in back)
    return (
        f"{seconds} s each without a cable, with one that carries one way only, and the other way only, with one that loses, "
        f"and with a slow one; messages flowed again after {words}; {acknowledged:,} acknowledged, each stored once"
    )


if __name__ == "__main__":
    run(main)
