"""Starts and stops picket-hub and picket-node for the programs beside this file, and waits for what they
should bring about. Knows nothing of messages."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

FOLDER = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
PATIENCE_S = 60


class Failed(Exception):
    """What should hold does not."""


def check(holds, otherwise):
    if not holds:
        raise Failed(otherwise)


def wait_for(condition, what, seconds=PATIENCE_S):
    """The first true value of condition(), or Failed when it takes too long."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < end, f"waited {seconds} s in vain for {what}")
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port):
    """As the kernel says it: a connection to try with would be one that the hub has to wonder about."""
    wanted = f":{port:04X}"
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table]
    return any(row[1].endswith(wanted) and row[3] == "0A" for row in rows)


class Program:
    """`PROGRAM run CONFIGURATION`, from `with` to its end, which must be a clean one. `inside` gives the command that runs a
    command somewhere else: in namespaces, by another clock, with a tracer beside it; it must stay one process. `options` go
    behind the configuration."""

    def __init__(self, name, configuration, inside=list, options=()):
        self.name = name
        self.options = options
        self.inside = inside
        self.folder = tempfile.TemporaryDirectory(prefix=f"{name}-")
        root = pathlib.Path(self.folder.name)
        self.output = root / "output.txt"
        self.configuration = root / f"{name}.yaml"
        self.configuration.write_text(configuration)
        self.start()

    def start(self):
        with open(self.output, "ab") as output:
            command = self.inside([str(FOLDER / self.name), "run", str(self.configuration), *self.options])
            # A node's spool is its own, and is still there when it is started again.
            env = {**os.environ, "XDG_STATE_HOME": str(self.configuration.parent / "state")}
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env)

    def __enter__(self):
        return self

    def kill(self):
        """Ends it in the middle of whatever it is doing. It can be started again."""
        self.check_alive()
        self.child.kill()
        self.child.wait()

    def stop(self):
        """Asks it to stop, as systemd would."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            status = self.child.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} does not stop on SIGTERM") from None
        check(status == 0, f"{self.name} ended with status {status}")

    def check_alive(self):
        check(self.child.poll() is None, f"{self.name} has stopped by itself")

    def __exit__(self, kind, _error, _trace):
        try:
            if kind is None:
                self.stop()
        except Failed:
            self.show_output()
            raise
        finally:
            self.child.kill()
            self.child.wait()
            if kind is not None:
                self.show_output()
            self.folder.cleanup()

    def memory(self):
        """Bytes that it has in memory."""
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))

    def lines(self):
        """What it has said, from its first start on."""
        return self.output.read_text(errors="replace").splitlines()

    def count(self, words):
        """How many of its lines say so."""
        return sum(words in line for line in self.lines())

    def wait_to_say(self, words, times):
        """Waits until it has said so, which it had said so many times before."""

        def said():
            self.check_alive()
            return self.count(words) > times

        wait_for(said, f"{self.name} to say{words}")

    def show_output(self):
        print(f"the last lines of {self.name}:", *self.lines()[-30:], sep="\n  ", file=sys.stderr)


class Hub(Program):
    """A picket-hub whose data directory is the only thing that may change in `surroundings`, but where another is given.
    `keys` stand in its section `hub`, and `sections` beside that. The port is free at `host` when it starts. `web` is where
    its page is."""

    def __init__(self, keys="", sections="", data=None, host="127.0.0.1", inside=list, web="none"):
        self.surroundings = tempfile.TemporaryDirectory(prefix="picket-interop-")
        self.data = data or pathlib.Path(self.surroundings.name, "some", "where", "data")
        self.data.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.address = f"tcp://{host}:{self.port}"
        place = json.dumps(str(self.data))
        hub = f"hub: {{listen: '{self.address}', data_directory: {place}{keys and f', {keys}'}}}\n"
        # Many run at once, and nobody looks at their pages.
        super().__init__("picket-hub", hub + sections, inside, ("--web", web))

    def __enter__(self):
        def ready():
            self.check_alive()
            return is_listening(self.port)

        try:
            wait_for(ready, "the hub to listen")
        except Failed:
            self.__exit__(Failed, None, None)
            raise
        return self

    def __exit__(self, *error):
        try:
            super().__exit__(*error)
        finally:
            self.surroundings.cleanup()

    def files(self):
        """The stored images, as paths below the data directory."""
        return sorted(str(path.relative_to(self.data)) for path in self.data.glob("images/**/*") if path.is_file())

    def rows(self, what):
        """What `picket-hub events` or `picket-hub images` lists."""
        command = [FOLDER / "picket-hub", what, "--data", self.data, "--json", "--limit", "1000000"]
        listed = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
        check(listed.returncode == 0, f"picket-hub {what} failed: {listed.stderr}")
        return [json.loads(line) for line in listed.stdout.splitlines()]

    def log_lines(self):
        log = self.data / "logs" / "imagehub.log"
        return log.read_text().splitlines() if log.exists() else []


def run(main):
    """Runs one of the programs: exit status 0, or 1 with the reason."""
    try:
        print(main())
    except Failed as failure:
        sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {failure}")
