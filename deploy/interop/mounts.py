"""A hub whose disk is not mounted, or another one: it refuses and says so before it writes anything, starts when the disk is
there again, and begins anew when it is told to. With real mounts, in a namespace of its own; where that is forbidden it says
so and ends well.

usage: mounts.py FOLDER_OF_PROGRAMS"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from programs import FOLDER, PATIENCE_S, check, free_port, run, wait_for

INSIDE = "PICKET_MOUNTS_INSIDE"


class Place:
    """A home, a disk to be mounted and where."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.home, self.disk, self.point = (self.root / name for name in ("home", "disk", "point"))
        for folder in (self.home, self.disk, self.point):
            folder.mkdir()
        mount("-t", "tmpfs", "tmpfs", self.disk)
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C.UTF-8"}

    def hub(self, *arguments, data, env=None):
        """The command, its status and what it said."""
        command = [FOLDER / "picket-hub", *arguments, "--data", data]
        done = subprocess.run(
            command, env=env or self.env, cwd=self.home, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def starts(self, data, *options, env=None):
        """A hub runs there, and stops when it is asked to."""
        said = self.root / "said.txt"
        listen = f"tcp://127.0.0.1:{free_port()}"
        with open(said, "wb") as out:
            command = [FOLDER / "picket-hub", "run", "--data", data, "--listen", listen, "--web", "none", *options]
            child = subprocess.Popen(command, env=env or self.env, cwd=self.home, stdout=out, stderr=out)
        try:
            wait_for(lambda: b"hub started" in said.read_bytes() or child.poll() is not None, "a hub to start")
            check(child.poll() is None, f"the hub does not start on {data}:\n{said.read_text()}")
            child.send_signal(signal.SIGTERM)
            check(child.wait(PATIENCE_S) == 0, f"the hub does not stop:\n{said.read_text()}")
        finally:
            child.kill()
            child.wait()

    def refuses(self, data, *words, env=None):
        """No hub, no import and no fsck begins there, and nothing is written."""
        before = listing(data)
        listen = f"tcp://127.0.0.1:{free_port()}"
        for arguments in (["run", "--listen", listen, "--web", "none"], ["import", self.old()], ["fsck", "--repair"]):
            status, said = self.hub(*arguments, data=data, env=env)
            check(status == 1, f"{arguments[0]} ended with {status}:\n{said}")
            # An fsck of what is not there need not know whether it should be.
            missing = arguments[0] == "fsck" and "no data directory" in said
            check(missing or all(word in said for word in words), f"{arguments[0]} does not say {words}:\n{said}")
            check(listing(data) == before, f"{arguments[0]} has written: {listing(data)}, before: {before}")

    def old(self):
        """What an imagehub has left."""
        logs = self.root / "old" / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        (logs / "imagehub.log").write_text("2021-09-24 00:28:00,001 ~ Garage|Temp|72 F\n")
        return logs.parent

    def doctor(self, data, words):
        _status, said = self.hub("doctor", "--json", data=data)
        rows = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        fits = [row for row in rows if row["check"] == "data" and row["verdict"] == "wrong" and words in row["found"]]
        check(fits, f"the doctor does not find {words}:\n{said}")


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


def unmount(place):
    subprocess.run(["umount", str(place)], check=True)


def listing(folder):
    """Everything below, but for the lock of a hub that had begun to look."""
    return sorted(str(path) for path in pathlib.Path(folder).rglob("*") if path.name != "picket.lock")


def check_a_missing_disk(place):
    """The data directory is the disk itself, or a folder of it."""
    for data in (place.point, place.point / "picket-data"):
        store = place.disk / data.name
        store.mkdir()
        mount("--bind", store, place.point)
        place.starts(data)
        known = json.loads((place.home / ".local/state/picket-hub/known.json").read_text())
        identity = json.loads((data / "picket-data.json").read_text())
        check(known[str(data)]["id"] == identity["id"], f"{known} does not know {identity}")
        unmount(place.point)
        instead = "it is empty" if data == place.point else "it is not there"
        place.refuses(data, instead, "Is its disk mounted", "--new-data", identity["id"])
        place.doctor(data, "is not the data directory that this hub has used")
        mount("--bind", store, place.point)
        place.starts(data)
        unmount(place.point)
        # Another hub's disk.
        other = place.disk / f"other-{data.name}"
        other.mkdir()
        mount("--bind", other, place.point)
        place.starts(data, env={**place.env, "HOME": str(place.root / "another")})
        check("another one is there" in place.hub("run", "--web", "none", data=data)[1], "another disk is taken")
        place.starts(data, "--new-data")
        place.starts(data)
        unmount(place.point)


def check_systemds_folder(place):
    """Where systemd's first folder is the disk itself, the second one remembers."""
    store = place.disk / "states"
    store.mkdir()
    second = place.root / "second"
    env = {**place.env, "HOME": str(place.root / "third"), "STATE_DIRECTORY": f"{place.point}:{second}"}
    mount("--bind", store, place.point)
    place.starts(place.point, env=env)
    check((second / "known.json").exists(), "the second folder is not used")
    unmount(place.point)
    place.refuses(place.point, "it is empty", env=env)


def check_parts(place):
    """Images on a disk of their own: behind a link, or mounted in their place."""
    for name in ("linked", "mounted"):
        data, store = place.root / name, place.disk / f"{name}-images"
        data.mkdir()
        store.mkdir()
        if name == "linked":
            (place.point / "images").mkdir(exist_ok=True)
            (store / "images").mkdir()
            (data / "images").symlink_to(place.point / "images")
            where = place.point
        else:
            (data / "images").mkdir()
            where = data / "images"
        mount("--bind", store, where)
        place.starts(data)
        check((data / "images" / "picket-data.json").exists(), f"{name}: the part has no identity")
        unmount(where)
        place.refuses(data, "lies on a disk of its own", "Is the disk mounted")
        place.doctor(data, "lies on a disk of its own")
        mount("--bind", store, where)
        place.starts(data)
        unmount(where)


def main():
    if INSIDE not in os.environ:
        wrap = ["unshare", "--map-root-user", "--mount"]
        tried = subprocess.run([*wrap, "true"], capture_output=True, text=True, check=False)
        if tried.returncode != 0:
            return f"NOT CHECKED, namespaces (--mount): {tried.stderr.strip()}"
        command = [*wrap, sys.executable, __file__, *sys.argv[1:]]
        inside = subprocess.run(command, env={**os.environ, INSIDE: "1"}, capture_output=True, text=True, check=False)
        check(inside.returncode == 0, f"{inside.stdout}{inside.stderr}")
        return "a missing disk, another disk, and missing parts are refused before anything is written"
    with tempfile.TemporaryDirectory(prefix="picket-mounts-") as root:
        place = Place(root)
        try:
            check_a_missing_disk(place)
            check_systemds_folder(place)
            check_parts(place)
        finally:
            unmount(place.disk)
    return "done"


run(main)
