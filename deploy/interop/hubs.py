"""A node with two hubs. The first is killed while messages come, the node goes over to the second; the first is back, the
node goes back to it. Each frame and each event of the node lies on one of the two, or on both, and each hub has it once.
A node that is stopped says so.

usage: hubs.py FOLDER_OF_PROGRAMS"""

from programs import Hub, Program, check, run, wait_for
from shelf import Shelf

NODE = """
node: {name: Gate, heartbeat: 1s}
hub: {connect: [%s, %s], timeout: 1s}
cameras:
  - source: {kind: pattern, framerate: 10}
    send: {every: 200ms}
    detectors: [{kind: motion}]
"""


def frames(hub):
    """How many the hub has stored by now."""
    return len(list(hub.data.glob("images/*/Gate-*.jpg")))


def grows(hub, what):
    before = frames(hub)
    wait_for(lambda: hub.check_alive() or frames(hub) > before + 3, what)


def main():
    with Hub() as first, Hub() as second:
        node = Program("picket-node", NODE % (first.address, second.address))
        with node:
            grows(first, "frames at the first hub")
            check(not frames(second), "the second hub has frames while the first one answers")
            first.kill()
            grows(second, "frames at the second hub")
            first.start()
            wait_for(lambda: any("answers again: messages go there" in line for line in node.lines()), "the way back")
            # What the second one has acknowledged is shelved meanwhile.
            grows(first, "frames at the first hub again")
            at_second = frames(second)
            grows(first, "more frames at the first hub")
            check(frames(second) == at_second, "frames still go to the second hub")
            told = ("from now on messages go to", "messages go there")
            said = [line for line in node.lines() if any(words in line for words in told)]
        check(len(said) == 2, f"going over and back is not told once each: {said}")
        for hub in (first, second):
            hub.stop()
            Shelf(hub).check()
        records = [record for hub in (first, second) for record in Shelf(hub).records if record["node"] == "Gate"]
        numbers = [(record["stream"], record["seq"]) for record in records if record["stream"]]
        for stream in {stream for stream, _ in numbers}:
            has = {seq for of, seq in numbers if of == stream}
            missing = set(range(1, max(has) + 1)) - has
            check(not missing, f"of stream {stream} nobody has {sorted(missing)}")
        twice = len(numbers) - len(set(numbers))
        check(any(record["msg"].startswith("Gate|Stopped|after ") for record in records), "the stop was not told")
    return f"{len(records)} messages of a node with two hubs, {twice} of them on both, none is missing"


if __name__ == "__main__":
    run(main)
