"""The hub is killed while it shelves, on a slow file system and with images so large that whole segments of its journal become
free: none may, before what it held is safe in the index.

usage: trims.py FOLDER_OF_PROGRAMS [TIMES [SEED]]"""

import time

from disk import fast_folder
from syscalls import tampering
from world import World, check, run

ROUNDS = 10
LIVES_S = (0.3, 1.0)
SLOW = "syncfs:delay_enter=300000"


def main(times, dice):
    with World(fast_folder()) as world:
        hub = world.add_hub(inside=tampering(SLOW))
        world.add_load("nodes", nodes=2, rate=20, size="256KiB")
        serials = set()
        for _ in range(ROUNDS * times):
            world.start()
            world.wait_for_progress(20)
            time.sleep(dice.uniform(*LIVES_S))
            hub.kill()
            serials |= {file.name for file in hub.data.glob("journal/*.log")}
        hub.inside = list
        acknowledged = world.judge()
    check(len(serials) > 2, f"the journal had {len(serials)} segments only: nothing was trimmed")
    return (
        f"{ROUNDS * times} kills while {len(serials)} segments of the journal were filled and trimmed; {acknowledged:,} "
        f"acknowledged messages, each stored once"
    )


if __name__ == "__main__":
    run(main)
