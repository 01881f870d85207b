"""The hub's power fails, and its nodes' with it or not, in the middle of their work: everything that was not synced is gone
from the disk. All that was acknowledged is there when it is back; and what a node had to keep at once is delivered.

usage: power.py FOLDER_OF_PROGRAMS [TIMES [SEED]]"""

import contextlib
import io
import time

from disk import Disk, enter_namespaces, fast_folder
from syscalls import SYNCS, tampering
from world import Failed, World, check, run

CUTS = 8
LIVES_S = (0.3, 2.0)


def cut_the_hub(world, disk):
    disk.lose_power()
    # Until somebody notices it goes on, and must not promise anything any more.
    time.sleep(0.1)
    world.hub.kill()
    disk.power_back()


def cut_hubs(cuts, dice, inside=list):
    """Gives how many messages were acknowledged."""
    with World(fast_folder()) as world:
        disk = world.add_disk(Disk(world.folder, "disk"))
        world.add_hub(data=disk.place / "data", inside=inside)
        world.add_load("nodes")
        world.add_load("olds", old=True)
        for _ in range(cuts):
            world.start()
            time.sleep(dice.uniform(*LIVES_S))
            cut_the_hub(world, disk)
        return world.judge()


def check_that_it_can_fail(dice):
    """With a hub whose syncs only claim to be done, acknowledgements come too early, and that must be found."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            cut_hubs(2, dice, tampering(f"{SYNCS}:retval=0"))
    except Failed as failure:
        # Either what it promised is gone, or so much else that it does not even start.
        found = "acknowledged and lost" in str(failure) or "picket-hub has stopped by itself" in str(failure)
        check(found, f"a hub without syncs fails otherwise: {failure}")
    else:
        raise Failed("a hub that does not sync was found to lose nothing: these are no power cuts")


def main(times, dice):
    enter_namespaces("--mount")
    check_that_it_can_fail(dice)
    acknowledged = cut_hubs(CUTS * times, dice)
    return f"{CUTS * times} power cuts of the hub, {acknowledged:,} acknowledged messages, each stored once"


if __name__ == "__main__":
    run(main)
