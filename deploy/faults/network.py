"""A cable between this program's network and another one, both of their own, that can be pulled out, cut one way only, and
made bad. Knows no Picket."""

import contextlib
import subprocess
import time

from world import Skipped, do

NEAR, FAR = "10.77.0.1", "10.77.0.2"
NEAR_MAC, FAR_MAC, NOBODY = "02:00:00:00:77:01", "02:00:00:00:77:02", "02:00:00:00:77:99"


class Cable:
    """Its near end is here, with the address NEAR; `inside` gives the command that runs another one at its far end."""

    def __enter__(self):
        self.far = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        for _ in range(100):
            # Until it is there, its network is this one's.
            if networks(self.far.pid) != networks("self"):
                break
            time.sleep(0.02)
        do("ip", "link", "set", "lo", "up")
        near = ["near", "address", NEAR_MAC]
        far = ["far", "address", FAR_MAC, "netns", str(self.far.pid)]
        do("ip", "link", "add", *near, "type", "veth", "peer", *far)
        for at, end, address in (self.here, "near", NEAR), (self.inside, "far", FAR):
            do(*at(["ip", "address", "add", f"{address}/24", "dev", end]))
            do(*at(["ip", "link", "set", end, "up"]))
        self.whole()
        return self

    def __exit__(self, *_error):
        self.far.kill()
        self.far.wait()

    @staticmethod
    def here(command):
        return command

    def inside(self, command):
        return ["nsenter", f"--net=/proc/{self.far.pid}/ns/net", *command]

    def whole(self):
        """Both ways are open."""
        self.way_out(FAR_MAC)
        self.way_in(NEAR_MAC)

    def way_out(self, mac):
        """What leaves here goes to this Ethernet address; a wrong one is heard by nobody, and nobody is told."""
        do("ip", "neigh", "replace", FAR, "lladdr", mac, "nud", "permanent", "dev", "near")

    def way_in(self, mac):
        do(*self.inside(["ip", "neigh", "replace", NEAR, "lladdr", mac, "nud", "permanent", "dev", "far"]))

    @contextlib.contextmanager
    def pulled_out(self):
        do("ip", "link", "set", "near", "down")
        try:
            yield
        finally:
            do("ip", "link", "set", "near", "up")
            self.whole()

    @contextlib.contextmanager
    def only_in(self):
        """What is said here is not heard at the far end."""
        self.way_out(NOBODY)
        try:
            yield
        finally:
            self.whole()

    @contextlib.contextmanager
    def only_out(self):
        """What is said at the far end is not heard here."""
        self.way_in(NOBODY)
        try:
            yield
        finally:
            self.whole()

    @contextlib.contextmanager
    def slow(self):
        """Few bytes a second, and what does not fit is lost."""
        for at, end in (self.here, "near"), (self.inside, "far"):
            do(*at(["tc", "qdisc", "add", "dev", end, "root", "tbf", "rate", "400kbit", "burst", "16kb", "latency", "300ms"]))
        try:
            yield
        finally:
            for at, end in (self.here, "near"), (self.inside, "far"):
                do(*at(["tc", "qdisc", "del", "dev", end, "root"]))

    def lossy(self, dice, seconds):
        """Either way is closed again and again, for moments."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with dice.choice([self.only_in, self.only_out])():
                time.sleep(dice.uniform(0, 0.1))
            time.sleep(dice.uniform(0, 0.3))


def networks(pid):
    return subprocess.run(["readlink", f"/proc/{pid}/ns/net"], capture_output=True, text=True).stdout


def needs(*programs):
    for program in programs:
        if subprocess.run(["which", program], capture_output=True).returncode != 0:
            raise Skipped(f"there is no {program}")
