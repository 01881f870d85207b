"""A hub with simulated nodes and old senders at work, upon which faults are brought, and whom the judge looks at when they
are over. Knows no fault."""

import contextlib
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "interop"))

from judge import Oracle, Shelf, judge
from patient_sender import PatientSender
from programs import FOLDER, PATIENCE_S, Failed, Hub, Program, check, is_listening, wait_for

# What a program of this folder ends with where the machine cannot do what it needs, as deploy/test knows it.
SKIPPED = 77
# A start takes no longer than this, however it ended and however busy the machine is.
QUICK_S = 10
# How long the nodes wait for an answer before they connect anew.
TIMEOUT = "2s"
# Where everything is copied to when the judge has found a lie, for whoever looks into it.
KEEP = os.environ.get("PICKET_KEEP")
# With it the nodes keep everything on the disk at once.
ALWAYS = "--durable"
FRESH = b"\xff\xd8\xff\xd9"


class Skipped(Exception):
    """This machine cannot do that."""


class Load:
    """`picket-node simulate`: virtual nodes with their spools, or old senders, which can be killed and started again. Each
    of its lives has an oracle file of its own."""

    def __init__(
        self, name, address, folder, nodes=3, rate=20, size="6KiB", old=False, spool=None, inside=list, prefix=None, more=()
    ):
        self.name, self.folder, self.inside = name, pathlib.Path(folder), inside
        self.address = address
        self.spool = None if old else pathlib.Path(spool or self.folder / f"{name}-spool")
        self.wishes = [f"--nodes={nodes}", f"--rate={rate}", f"--size={size}", f"--timeout={TIMEOUT}", *more]
        self.wishes.append(f"--name={prefix or name}")
        self.wishes.append(f"--protocol={'imagezmq' if old else 'picket'}")
        self.lives = 0
        self.child = None

    def start(self, *more):
        self.lives += 1
        command = [str(FOLDER / "picket-node"), "simulate", f"--hub={self.address}", *self.wishes, *more]
        command.append(f"--oracle={self.oracle(self.lives)}")
        if self.spool:
            command.append(f"--spool={self.spool}")
        with open(self.output(), "ab") as output:
            self.child = subprocess.Popen(self.inside(command), stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def oracle(self, life):
        return self.folder / f"{self.name}-{life}.oracle"

    def oracles(self):
        return [self.oracle(life) for life in range(1, self.lives + 1)]

    def sent(self):
        """The ids of what it has sent in this life of it."""
        return set(Oracle([self.oracle(self.lives)]).sent)

    def output(self):
        return self.folder / f"{self.name}.txt"

    def check_alive(self):
        check(self.child.poll() is None, f"{self.name} has stopped by itself: {self.said()}")

    def said(self):
        return "\n  ".join(["", *self.output().read_text(errors="replace").splitlines()[-15:]])

    def kill(self):
        if self.child:
            self.child.kill()
            self.child.wait()
            self.child = None

    def finish(self):
        """Ends its work, and all that it has sent is acknowledged."""
        self.check_alive()
        self.child.send_signal(signal.SIGTERM)
        status = self.child.wait(2 * PATIENCE_S)
        self.child = None
        check(status == 0, f"{self.name} ended with status {status}: {self.said()}")


class World:
    """A hub, and what works for it, from `with` to its end."""

    def __init__(self, folder=None):
        self.place = tempfile.TemporaryDirectory(prefix="picket-faults-", dir=folder)
        self.folder = pathlib.Path(self.place.name)
        self.loads = []
        self.hubs = []

    def __enter__(self):
        self.exits = contextlib.ExitStack()
        self.exits.callback(self.place.cleanup)
        return self

    def __exit__(self, *error):
        for load in self.loads:
            load.kill()
        if error[0] is not None:
            for load in self.loads:
                if load.output().exists():
                    print(f"the last lines of {load.name}:{load.said()}", file=sys.stderr)
        return self.exits.__exit__(*error)

    @property
    def hub(self):
        """The first one, or the only one."""
        return self.hubs[0]

    def add_disk(self, disk):
        return self.exits.enter_context(disk)

    def add_hub(self, **wishes):
        wishes.setdefault("data", self.folder / f"data-{len(self.hubs)}")
        hub = self.exits.enter_context(Hub(**wishes))
        self.hubs.append(hub)
        return hub

    def add_load(self, name, address=None, **wishes):
        load = Load(name, address or self.hub.address, self.folder, **wishes)
        self.loads.append(load)
        return load

    def start(self):
        """Starts whatever is dead, and gives how long the hub took until it listened; None if it was alive."""
        took = None
        if self.hub.child.poll() is not None:
            begin = time.monotonic()
            self.hub.start()
            wait_for(self.listens, "the hub to listen", QUICK_S)
            took = time.monotonic() - begin
        for load in self.loads:
            if load.child is None:
                load.start()
        return took

    def listens(self):
        self.hub.check_alive()
        return is_listening(self.hub.port)

    def acknowledged(self):
        """How many messages have been so far."""
        return sum(oracle_lines(load, "acked") for load in self.loads)

    def wait_for_progress(self, messages=50, seconds=PATIENCE_S):
        """Waits until so many more are acknowledged."""
        before = self.acknowledged()
        wait_for(lambda: self.acknowledged() >= before + messages, f"{messages} more acknowledgements", seconds)

    def oracle(self):
        return Oracle([file for load in self.loads for file in load.oracles()])

    def judge(self, **allowed):
        """Everybody delivers what he has, fresh events flow, and what then is stored is told right."""
        self.start()
        self.wait_for_progress()
        for load in self.loads:
            load.finish()
        fresh(self.hub)
        for hub in self.hubs:
            hub.stop()
        oracle = self.oracle()
        verdict = judge(oracle, [Shelf(hub.data) for hub in self.hubs], **allowed)
        if verdict.lies and KEEP:
            shutil.copytree(self.folder, KEEP, dirs_exist_ok=True)
            for number, hub in enumerate(self.hubs):
                shutil.copy(hub.output, f"{KEEP}/hub-{number}.txt")
        check(not verdict.lies, f"of {len(oracle.acked)} acknowledged messages\n  {verdict}")
        check(oracle.acked, "nothing was acknowledged at all")
        return len(oracle.acked)


def oracle_lines(load, verb):
    beginning = f"{verb} ".encode()
    count = 0
    for file in load.oracles():
        if file.exists():
            count += sum(line.startswith(beginning) for line in file.read_bytes().splitlines())
    return count


def fresh(hub):
    """An event that happens now is acknowledged and recorded."""
    word = f"Fresh Door|motion|{random.randrange(10**12)}"
    with PatientSender(hub.address, answer_within_s=2, give_up_after_s=PATIENCE_S) as sender:
        answer = sender.send_jpg(word, FRESH)
    check(answer == b"OK", f"a fresh event was answered {answer!r}")
    wait_for(lambda: any(word in file.read_text() for file in hub.data.glob("records/*.jsonl")), "a fresh event to be recorded")


def signal_group(pid, number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


@contextlib.contextmanager
def frozen(hub):
    """In its middle the hub does nothing: all its threads stand still."""
    hub.child.send_signal(signal.SIGSTOP)
    try:
        wait_for(lambda: states(hub.child.pid) == {"T"}, "the hub to stand still")
        yield
    finally:
        signal_group(hub.child.pid, signal.SIGCONT)


def states(pid):
    tasks = pathlib.Path("/proc").glob(f"{pid}/task/*/stat")
    return {task.read_text().rpartition(")")[2].split()[0] for task in tasks}


def as_root():
    if os.geteuid() != 0:
        raise Skipped("this takes root")


def do(*command):
    """Runs a command that prepares or brings about a fault; what it cannot do here is skipped."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Skipped(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def run(main):
    """One of the programs, with its rounds and its seed: exit status 0 with what was shown, 1 with why it failed, or 77
    with what this machine lacks."""
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10_000)
    program = pathlib.Path(sys.argv[0]).stem
    try:
        print(f"{program}: {main(times, random.Random(seed))} (seed {seed})")
    except Skipped as reason:
        print(f"{program}: NOT CHECKED, {reason}")
        sys.exit(SKIPPED)
    except Failed as failure:
        sys.exit(f"{program}: seed {seed}: {failure}")
