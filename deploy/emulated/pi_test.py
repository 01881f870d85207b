"""picket-node on an emulated Raspberry Pi 3, and a hub on this machine: a pin driven from outside becomes an event and
a set of frames at the hub, and a lamp's pin is seen to follow.

    python3 pi_test.py PROGRAMS WORK

WORK holds the kernel, and picket-node for arm64 with its libraries."""

import gzip
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
from programs import Hub, check, wait_for  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS, WORK = (pathlib.Path(word) for word in sys.argv[1:3])
PIR, LAMP = 17, 27

# The BCM2837's pins, as its data sheet numbers them: set, clear and level of pins 0 to 31.
SET, CLEAR, LEVEL = 0x3F20001C, 0x3F200028, 0x3F200034

NODE = """
node: {{name: Pi}}
hub: {{connect: "tcp://10.0.2.2:{port}"}}
cameras:
  - view: Yard
    source: {{kind: pattern, resolution: 320x240, framerate: 5}}
sensors:
  - {{name: pir, kind: input, gpio: 17, pull: down, trigger: [Yard]}}
lights:
  - {{name: lamp, gpio: 27, when: with pir}}
"""


class Chip:
    """The emulated chip's registers, through the emulator's test socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        wait_for(lambda: path.exists(), "the emulator", 20)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("rw")

    def ask(self, words):
        self.lines.write(words + "\n")
        self.lines.flush()
        while True:
            answer = self.lines.readline().strip()
            if not answer.startswith("IRQ"):
                check(answer.startswith("OK"), f"the emulator answers {words!r} with {answer!r}")
                return answer

    def drive(self, pin, high):
        self.ask(f"writel {SET if high else CLEAR:#x} {1 << pin:#x}")

    def is_high(self, pin):
        return int(self.ask(f"readl {LEVEL:#x}").split()[1], 16) >> pin & 1 == 1


def first_file_system(folder, port):
    """busybox, the modules, the node with its libraries and its configuration."""
    root = folder / "root"
    for name in ("proc", "sys", "dev", "tmp", "lib", "etc"):
        (root / name).mkdir(parents=True)
    shutil.copytree(WORK / "lib", root / "lib", dirs_exist_ok=True)
    shutil.copytree(WORK / "kernel" / "modules", root / "modules")
    shutil.copy(WORK / "picket-node", root)
    (root / "bin").mkdir()
    shutil.copy(WORK / "kernel" / "busybox", root / "bin")
    (root / "bin" / "sh").symlink_to("busybox")
    (root / "bin" / "busybox").chmod(0o755)
    shutil.copy(HERE / "pi-init", root / "init")
    (root / "node.yaml").write_text(NODE.format(port=port))
    names = subprocess.run(["find", "."], cwd=root, stdout=subprocess.PIPE, check=True).stdout
    archive = subprocess.run(
        ["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, input=names, stdout=subprocess.PIPE, check=True
    ).stdout
    image = folder / "initrd.gz"
    image.write_bytes(gzip.compress(archive, 1))
    return image


def listing(hub, what):
    """The hub's events or images."""
    command = [PROGRAMS / "picket-hub", what, "--data", hub.data, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    with Hub() as hub, tempfile.TemporaryDirectory(prefix="picket-pi-") as name:
        folder = pathlib.Path(name)
        test_socket = folder / "chip"
        said = WORK.parent / "pi.txt"
        command = ["qemu-system-aarch64", "-M", "raspi3b", "-accel", "tcg", "-display", "none", "-serial", "stdio"]
        command += ["-monitor", "none", "-no-reboot", "-kernel", WORK / "kernel" / "vmlinuz"]
        command += ["-dtb", WORK / "kernel" / "pi3.dtb", "-initrd", first_file_system(folder, hub.port)]
        # iomem: Debian's kernel has no /dev/gpiomem, so that rppal goes by /dev/mem.
        command += ["-append", "console=ttyAMA0,115200 rdinit=/init panic=5 quiet iomem=relaxed"]
        command += ["-netdev", "user,id=net", "-device", "usb-net,netdev=net"]
        command += ["-qtest", f"unix:{test_socket},server=on,wait=off", "-qtest-log", "none"]
        with open(said, "wb") as output:
            pi = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            watch(hub, Chip(test_socket), pi)
        except BaseException:
            print(f"the emulated Pi said ({said}):", *said.read_text(errors="replace").splitlines()[-40:], sep="\n  ")
            raise
        finally:
            pi.kill()
            pi.wait()
        pins = [line for line in said.read_text(errors="replace").splitlines() if "rppal" in line]
        check(pins, "`picket-node check` did not say that rppal drives the pins")
        print(pins[0])


def watch(hub, chip, pi):
    def until(condition, what, seconds=120):
        def look():
            check(pi.poll() is None, "the emulated Pi has ended")
            return condition()

        return wait_for(look, what, seconds)

    def events(state):
        return [row for row in listing(hub, "events") if row["view"] == "pir" and row["state"] == state]

    until(lambda: listing(hub, "nodes"), "the node", 180)
    check(not chip.is_high(LAMP), "the lamp is on before anything has happened")
    for walk in (1, 2):
        chip.drive(PIR, True)
        until(lambda: chip.is_high(LAMP), "the lamp to go on with the pin")
        until(lambda: len(events("active")) >= walk, f"event {walk} of the pin")
        chip.drive(PIR, False)
        until(lambda: not chip.is_high(LAMP), "the lamp to go off again")
        until(lambda: len([row for row in events("active") if row["end"]]) >= walk, f"the end of event {walk}")
        event = events("active")[0]["event"]
        until(lambda: [row for row in listing(hub, "images") if row["event"] == event], f"frames of event {walk}")
        print(f"walk {walk}: the pin became an event with frames at the hub, and the lamp followed")


if __name__ == "__main__":
    main()
