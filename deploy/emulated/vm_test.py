"""Runs inside the virtual machine: a hub and a node there, with a webcam (vivid), a loopback camera that gives MJPEG
(v4l2loopback) and a GPIO chip (gpio-sim) whose pins this program drives and reads from outside.

    python3 vm_test.py PROGRAMS [TESTS]

TESTS is the program with picket-node's integration tests, whose suite for boards is run here on the character device and
on rppal's own code."""

import json
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
from programs import FOLDER, Hub, Program, check, wait_for  # noqa: E402

PATIENCE_S = 90
PIR, DOOR, LAMP = 17, 22, 27
VIVID = pathlib.Path("/sys/bus/platform/drivers/vivid")

NODE = """
node: {{name: Barn, heartbeat: 1s}}
hub: {{connect: "{address}"}}
cameras:
  - view: Yard
    source: {{kind: v4l2, device: /dev/video0, format: yuyv, resolution: 640x360, framerate: 5, controls: {{brightness: 100}}}}
  - view: Gate
    source: {{kind: v4l2, device: /dev/video9, resolution: 320x240}}
sensors:
  - {{name: pir, kind: input, gpio: 17, pull: down, trigger: [Yard, Gate]}}
  - {{name: door, kind: input, gpio: 22, pull: up, active_low: true}}
lights:
  - {{name: lamp, gpio: 27, when: with pir}}
"""


class Chip:
    """A simulated GPIO chip, named as a Pi's is, with its pins as seen from outside."""

    def __init__(self):
        made = pathlib.Path("/sys/kernel/config/gpio-sim/pi")
        bank = made / "bank0"
        bank.mkdir(parents=True)
        (bank / "num_lines").write_text("54")
        (bank / "label").write_text("pinctrl-bcm2835")
        for pin in range(28):
            line = bank / f"line{pin}"
            line.mkdir()
            (line / "name").write_text(f"GPIO{pin}")
        (made / "live").write_text("1")
        device, chip = (made / "dev_name").read_text().strip(), (bank / "chip_name").read_text().strip()
        self.lines = pathlib.Path("/sys/devices/platform", device, chip)

    def drive(self, pin, high):
        (self.lines / f"sim_gpio{pin}" / "pull").write_text("pull-up" if high else "pull-down")

    def is_high(self, pin):
        return (self.lines / f"sim_gpio{pin}" / "value").read_text().strip() == "1"


def listing(hub, what):
    command = [FOLDER / "picket-hub", what, "--data", hub.data, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()]


def events(hub, view, state):
    return [row for row in listing(hub, "events") if row["view"] == view and row["state"] == state]


def until(condition, what):
    return wait_for(condition, what, PATIENCE_S)


def told(what):
    print(f"{time.monotonic():7.1f}  {what}", flush=True)


def loopback_camera():
    """A film as motion JPEG, round and round, into the loopback camera."""
    command = ["ffmpeg", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=5"]
    command += ["-c:v", "mjpeg", "-q:v", "5", "-f", "v4l2", "/dev/video9"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)


def a_pin_becomes_an_event_with_frames(hub, chip):
    check(not chip.is_high(LAMP), "the lamp is on before anything has happened")
    for walk in (1, 2):
        chip.drive(PIR, True)
        until(lambda: chip.is_high(LAMP), "the lamp to go on with the pin")
        until(lambda: len(events(hub, "pir", "active")) == walk, f"event {walk} of the pin")
        time.sleep(1)
        chip.drive(PIR, False)
        until(lambda: len([row for row in events(hub, "pir", "active") if row["end"]]) == walk, f"the end of event {walk}")
        until(lambda: not chip.is_high(LAMP), "the lamp to go off again")
    ids = {row["event"] for row in events(hub, "pir", "active")}

    def views():
        return {(row["event"], row["view"]) for row in listing(hub, "images")}

    until(lambda: views() >= {(event, view) for event in ids for view in ("Yard", "Gate")}, "frames of both cameras")
    told("a pin became events with frames of both cameras, and the lamp followed it")


def a_door_that_pulls_to_ground_is_active(hub, chip):
    chip.drive(DOOR, False)
    until(lambda: events(hub, "door", "active"), "the door's event")
    chip.drive(DOOR, True)
    until(lambda: [row for row in events(hub, "door", "active") if row["end"]], "the end of the door's event")
    told("a switch to ground is active when it is low")


def the_webcam_is_unplugged_and_comes_back(hub):
    (VIVID / "unbind").write_text("vivid.0")
    until(lambda: events(hub, "Yard", "lost"), "the webcam to be missed")
    (VIVID / "bind").write_text("vivid.0")
    until(lambda: [row for row in events(hub, "Yard", "lost") if row["end"]], "the webcam to be back")
    told("a webcam that was unplugged was missed, and came back")


def pictures_open(hub):
    """Every stored picture can be read."""
    rows = listing(hub, "images")
    for view in ("Yard", "Gate"):
        files = [hub.data / row["file"] for row in rows if row["view"] == view]
        check(files, f"no image of {view} was stored")
        pattern = files[0].parent / f"Barn-{view}-*.jpg"
        probe = ["ffmpeg", "-loglevel", "error", "-pattern_type", "glob", "-i", pattern, "-f", "null", "-"]
        done = subprocess.run(probe, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
        check(done.returncode == 0 and not done.stderr, f"pictures of {view} do not open: {done.stderr}")
    told(f"{len(rows)} stored pictures open")


def a_lamp_is_put_out(node, chip):
    """After a crash, by the next start; and at the end."""
    chip.drive(PIR, True)
    until(lambda: chip.is_high(LAMP), "the lamp to go on")
    node.kill()
    chip.drive(PIR, False)
    node.start()
    # A simulated pin's own pull, which the node asks for, goes before what drives it until it is driven again.
    until(lambda: node.count("node started") == 2, "the next start")
    check(not chip.is_high(LAMP), "the next start has not put out the lamp")
    chip.drive(PIR, True)
    until(lambda: chip.is_high(LAMP), "the lamp to go on")
    node.stop()
    check(not chip.is_high(LAMP), "the lamp is still on after the end")
    chip.drive(PIR, False)
    told("the lamp was put out after a crash and at the end")


def boards_conform(chip):
    """The same facts of the same suite that the simulated board is held to."""
    command = [sys.argv[2], "--ignored", "--nocapture", "a_real_board"]
    place = {"PATH": "/usr/bin:/bin", "PICKET_GPIO_SIM": str(chip.lines)}
    # For rppal this machine becomes a Pi: a revision, and a file in place of the chip's registers.
    revision = pathlib.Path("/run/cpuinfo")
    revision.write_text(pathlib.Path("/proc/cpuinfo").read_text() + "Revision\t: a02082\n")
    registers = pathlib.Path("/dev/gpiomem")
    for name, more in (("character", {}), ("rppal", {"PICKET_GPIOMEM": str(registers)})):
        if more:
            subprocess.run(["mount", "--bind", revision, "/proc/cpuinfo"], check=True)
            registers.write_bytes(bytes(4096))
        done = subprocess.run(command, env=place | more | {"PICKET_PINS_NAME": name}, stdout=subprocess.PIPE, text=True, check=False)
        check(done.returncode == 0 and "1 passed" in done.stdout, f"the board by {name} does not conform:\n{done.stdout}")
        told(next(line for line in done.stdout.splitlines() if "pins: " in line) + ": conforms")
    registers.unlink()
    subprocess.run(["umount", "/proc/cpuinfo"], check=True)


def main():
    chip = Chip()
    if len(sys.argv) > 2:
        boards_conform(chip)
    chip.drive(PIR, False)
    chip.drive(DOOR, True)
    camera = loopback_camera()
    try:
        with Hub() as hub, Program("picket-node", NODE.format(address=hub.address)) as node:
            until(lambda: node.count("webcam opened") >= 2, "both webcams")
            a_pin_becomes_an_event_with_frames(hub, chip)
            a_door_that_pulls_to_ground_is_active(hub, chip)
            the_webcam_is_unplugged_and_comes_back(hub)
            pictures_open(hub)
            a_lamp_is_put_out(node, chip)
    finally:
        camera.kill()
        camera.wait()


if __name__ == "__main__":
    main()
