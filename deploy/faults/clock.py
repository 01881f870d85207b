"""The clocks of hub and nodes are set by hours, forwards and back, in the middle of their work: nothing is lost, nothing is
overwritten, and each stream keeps its order. The clocks are libfaketime's.

usage: clock.py FOLDER_OF_PROGRAMS [TIMES [SEED]]"""

import os
import pathlib
import subprocess
import time

from world import Skipped, World, check, run

LIBRARIES = ["/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1"]
STEPS = 8
BETWEEN_S = 1.5
# Up to so many hours at once, either way.
FARTHEST_H = 30


class Clock:
    """A clock that can be set while programs run by it. What counts from their start goes on as it does."""

    def __init__(self, folder, name):
        self.file = pathlib.Path(folder, f"{name}.clock")
        self.set(0)

    def set(self, seconds):
        """So far from what the machine's clock says. Whoever reads the file meets one whole setting."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        os.replace(new, self.file)

    def inside(self, command):
        setting = [
            f"LD_PRELOAD={library()}",
            f"FAKETIME_TIMESTAMP_FILE={self.file}",
            "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
            "FAKETIME_DONT_RESET=1",
        ]
        return ["env", *setting, *command]


def library():
    for place in LIBRARIES:
        for found in pathlib.Path("/").glob(place.lstrip("/")):
            return found
    raise Skipped("there is no libfaketime; install the package faketime")


def check_that_it_can_be_set(clock):
    """In a program that runs on meanwhile."""
    clock.set(-86_400)
    said = subprocess.run(clock.inside(["date", "+%s"]), capture_output=True, text=True).stdout
    away = int(said or 0) - time.time()
    clock.set(0)
    if not -86_410 < away < -86_390:
        raise Skipped(f"libfaketime does not set the clock here: it is {away:.0f} s away")


def days(hub):
    return sorted(path.name for path in (hub.data / "images").iterdir() if path.name[0] != ".")


def main(times, dice):
    with World() as world:
        clocks = [Clock(world.folder, name) for name in ("hub", "nodes")]
        check_that_it_can_be_set(clocks[0])
        world.add_hub(inside=clocks[0].inside)
        world.add_load("nodes", inside=clocks[1].inside)
        world.add_load("olds", old=True)
        world.start()
        world.wait_for_progress()
        for _ in range(STEPS * times):
            dice.choice(clocks).set(dice.randrange(-FARTHEST_H * 3600, FARTHEST_H * 3600))
            time.sleep(dice.uniform(0.2, BETWEEN_S))
            world.wait_for_progress(10)
        for clock in clocks:
            clock.set(0)
        acknowledged = world.judge()
        seen = days(world.hub)
    check(len(seen) > 1, f"all that is stored is of {seen}: no clock was set")
    return (
        f"clocks set {STEPS * times} times by up to {FARTHEST_H} h; {acknowledged:,} acknowledged messages of {len(seen)} days, "
        f"each stored once"
    )


if __name__ == "__main__":
    run(main)
