"""Old and new mixed: nodes of this version at a hub of an earlier one, which is then replaced by this one in the middle of their
work; and a node of that version at a hub of this one.

usage: PICKET_OLD=FOLDER_OF_OLD_PROGRAMS versions.py FOLDER_OF_PROGRAMS [TIMES [SEED]]"""

import itertools
import os
import pathlib
import time

from judge import Shelf
from world import Program, Skipped, World, check, run, wait_for

OLD = os.environ.get("PICKET_OLD")
WORK_S = 3


def old(command):
    """The same with the old version's program, which may not know the options of this one's."""
    program, run, configuration, *_ = command
    return [str(pathlib.Path(OLD, pathlib.Path(program).name)), run, configuration]


def new_nodes_outlive_an_old_hub():
    with World() as world:
        world.add_hub(inside=old)
        world.add_load("nodes")
        world.add_load("olds", old=True)
        world.start()
        world.wait_for_progress()
        time.sleep(WORK_S)
        world.hub.kill()
        world.hub.inside = list
        world.start()
        world.wait_for_progress()
        return world.judge()


def an_old_node_at_a_new_hub():
    """It has no oracle, but numbers what it sends: each stream is stored from its first number on without a gap."""
    with World() as world:
        hub = world.add_hub()
        configuration = f"""
node: {{name: Old}}
hub: {{connect: '{hub.address}', timeout: 2s}}
cameras:
  - view: Scene
    source: {{kind: pattern, resolution: 160x120, framerate: 50}}
    send: continuous
    detectors: [{{kind: motion}}]
"""
        with Program("picket-node", configuration, old):
            wait_for(lambda: len(hub.files()) > 20, "an old node's images")
            hub.kill()
            time.sleep(0.5)
            hub.start()
            before = len(hub.files())
            wait_for(lambda: len(hub.files()) > before + 20, "more of an old node's images")
        hub.stop()
        streams = {}
        for record in Shelf(hub.data).records:
            if record["stream"]:
                streams.setdefault(record["stream"], []).append(record["seq"])
        for stream, seqs in streams.items():
            check(seqs == list(range(1, len(seqs) + 1)), f"an old node's stream {stream} is stored as {seqs[:20]}...")
        return sum(map(len, streams.values()))


def main(times, _dice):
    if not OLD:
        raise Skipped("there is no earlier version; PICKET_OLD may name the folder of its programs")
    counts = [(new_nodes_outlive_an_old_hub(), an_old_node_at_a_new_hub()) for _ in range(times)]
    acknowledged, numbered = map(sum, itertools.zip_longest(*counts))
    return (
        f"{acknowledged:,} messages acknowledged by an old hub and by the new one in its place, each stored once; "
        f"{numbered:,} of an old node at a new hub, without a gap"
    )


if __name__ == "__main__":
    run(main)
