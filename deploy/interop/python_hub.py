"""A picket-node sends to hubs in Python, with imagezmq's own ImageHub: the hub is there before the node or after it, is
killed and comes back, and takes JPEG or pixels. imagehub's log and images come out as from imagenode.

usage: python_hub.py FOLDER_OF_PROGRAMS"""

import collections
import concurrent.futures
import contextlib
import pathlib
import re
import tempfile

import cv2
import numpy as np

from imagehub import Imagehub
from programs import Program, check, free_port, run, wait_for
from senders import picture

WIDTH, HEIGHT = 320, 240
PICTURES = 40
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ~ (.*)")
FILE_NAME = re.compile(r"(.+)-(\d{4}-\d\d-\d\d)T\d\d\.\d\d\.\d\d(\.\d{6})?\.jpg")


@contextlib.contextmanager
def place():
    with tempfile.TemporaryDirectory(prefix="picket-interop-") as folder:
        yield pathlib.Path(folder)


def watching(protocol, port, away):
    """A node whose messages are of many kinds: detectors, the clock, a sensor, and a camera that is away."""
    return f"""
node: {{name: Gate, heartbeat: 1s}}
hub: {{connect: 'tcp://127.0.0.1:{port}', protocol: {protocol}, timeout: 2s}}
cameras:
  - view: Scene
    source: {{kind: pattern, resolution: {WIDTH}x{HEIGHT}}}
    detectors: [{{kind: motion}}, {{kind: light, name: sky}}]
  - view: Away
    source: {{kind: images, path: '{away}', framerate: 10, loop: true}}
sensors:
  - {{name: deck, kind: command, program: [echo, 25 C], measures: Temp, unit: F, every: 1h}}
  - {{name: often, kind: clock, every: 1m, trigger: [Scene]}}
"""


# What imagenode would have written, and what it has no word for.
LOGGED = {
    "restart": r"Gate\|Restart\|.+\|.+\|.+\|\d+ MB\|[\d.]+ hours since boot",
    "motion": r"Gate Scene\|motion\|(moving|still)",
    "light": r"Gate Scene\|light\|(lighted|dark)\|sky",
    "temperature": r"Gate deck\|Temp\|77 F",
    "camera": r"Gate Away\|camera\|(lost|back)",
    "clock": r"Gate often\|clock\|due",
    "stop": r"Gate\|Stopped\|after .+",
}
AT_ONCE = set(LOGGED) - {"clock", "stop"}


def check_imagehub(protocol):
    """The hub's log and images, over a hub that goes and a node that is killed and comes back."""
    with place() as folder:
        away, port = folder / "away", free_port()
        away.mkdir()
        with Program("picket-node", watching(protocol, port, away)) as node:
            with Imagehub(port, folder / "one") as hub:
                wait_for_log(hub, node, AT_ONCE)
                wait_for(lambda: hub.files(), "an image")
                check_shelf(hub)
            # The node goes on while nobody listens; then a new hub knows nothing of the old one.
            with Imagehub(port, folder / "two") as hub:
                wait_for_log(hub, node, {"motion"})
                wait_for(lambda: hub.files(), "an image at the second hub")
                node.kill()
                cv2.imwrite(str(away / "1.jpg"), picture(WIDTH, HEIGHT, 1))
                node.start()
                wait_for_log(hub, node, {"restart"})
                node.stop()
                return len(check_shelf(hub))


def kinds(hub):
    """What the log tells of. A line that nobody knows would be one that imagenode does not write."""
    found = set()
    for line in hub.log_lines():
        match = LOG_LINE.fullmatch(line)
        text = match[1] if match else line
        kind = [kind for kind, form in LOGGED.items() if re.fullmatch(form, text)]
        check(match and kind, f"imagehub's log has a line that tells nobody anything: {line}")
        found.update(kind)
    return found


def wait_for_log(hub, node, wanted):
    def logged():
        node.check_alive()
        hub.check_alive()
        return wanted <= kinds(hub)

    wait_for(logged, f"{wanted} in imagehub's log")


def check_shelf(hub):
    kinds(hub)
    for file in hub.files():
        name = FILE_NAME.fullmatch(file.name)
        check(name and name[1] in ("Gate-Scene", "Gate-Away"), f"{file} is not named as imagehub names its images")
        check(not name[3] or file.parent.name == name[2], f"{file} is in another day's folder")
        image = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        check(image is not None and image.shape == (HEIGHT, WIDTH, 3), f"{file} is no image of the node")
        check(image.std() > 1, f"{file} is of one colour")
    return hub.files()


def footage(port, folder, send_type):
    """Pictures in a folder, grey ones among them, which go as they are; the node ends when all are acknowledged."""
    return f"""
node: {{name: Gate, heartbeat: 1s}}
hub: {{connect: 'tcp://127.0.0.1:{port}', protocol: imagezmq, send_type: {send_type}, timeout: 1s}}
cameras:
  - view: Film
    source: {{kind: images, path: '{folder}', framerate: 40}}
    send: continuous
"""


def make_footage(folder):
    folder.mkdir()
    for number in range(PICTURES):
        pixels = picture(WIDTH, HEIGHT, number * 6)
        pixels = pixels[:, :, 2] + np.uint8(number) if number % 4 == 0 else pixels
        check(cv2.imwrite(str(folder / f"{number:03}.jpg"), pixels), "OpenCV cannot write")
    return [file.read_bytes() for file in sorted(folder.iterdir())]


def wait_for_end(node):
    wait_for(lambda: node.child.poll() is not None, "the node to end, with all its footage acknowledged")


def check_bytes(is_first):
    """Every file arrives, unchanged, although the hub is killed half-way."""
    with place() as folder:
        files, port = make_footage(folder / "film"), free_port()
        hub, node = Imagehub(port, folder / "hub"), footage(port, folder / "film", "jpg")
        with contextlib.ExitStack() as stack:
            if is_first:
                stack.enter_context(hub)
            node = stack.enter_context(Program("picket-node", node))
            if not is_first:
                node.wait_to_say(" has not answered for ", 0)
                stack.enter_context(hub)
            wait_for(lambda: len(hub.files()) >= PICTURES // 4, "a quarter of the footage")
            hub.kill()
            hub.__enter__()
            wait_for_end(node)
        arrived = {file.read_bytes() for file in hub.files()}
        check(arrived == set(files), f"{len(arrived)} of {len(files)} pictures are at the hub as they were")
        return len(arrived)


def check_pixels():
    """`recv_image` takes every message; pictures are what OpenCV reads from the files, grey ones in three channels."""
    with place() as folder:
        files, port = make_footage(folder / "film"), free_port()
        with Imagehub(port, folder / "hub", "recv_image") as hub:
            with Program("picket-node", footage(port, folder / "film", "image")) as node:
                wait_for(lambda: len(list(hub.arrays())) >= PICTURES // 4, "a quarter of the footage")
                hub.kill()
                hub.__enter__()
                wait_for_end(node)
        arrived = collections.defaultdict(list)
        for text, image in hub.arrays():
            check(image.dtype == np.uint8 and image.ndim == 3, f"{text} came as {image.dtype} {image.shape}")
            arrived[text.split("|")[1]].append(image)
        check(set(arrived) - {"Stopped"} == {"Restart", "Heartbeat", "image"}, f"there came {sorted(arrived)}")
        for tiny in arrived["Restart"] + arrived["Heartbeat"]:
            check(tiny.size < 1000 and tiny.max() < 8, "what has no picture came without a tiny black one")
        sent = [cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR).tobytes() for file in files]
        arrived = {image.tobytes() for image in arrived["image"]}
        check(arrived == set(sent), f"{len(arrived)} of {len(sent)} pictures came with the pixels of their files")
        return len(arrived)


def check_that_a_node_without_a_hub_stops():
    with Program("picket-node", footage(free_port(), "/nowhere", "image")) as node:
        wait_for(lambda: node.check_alive() or node.output.stat().st_size, "the node's first words")


def main():
    # Side by side: most of the time goes by until something walks through the scene.
    with concurrent.futures.ThreadPoolExecutor() as pool:
        images = list(pool.map(check_imagehub, ("picket", "imagezmq")))
    unchanged = [check_bytes(is_first) for is_first in (True, False)]
    pixels = check_pixels()
    check_that_a_node_without_a_hub_stops()
    return (
        f"Python hubs, killed and started again, took {images} images of events, {unchanged} JPEG files byte for byte, "
        f"and {pixels} pictures pixel for pixel"
    )


if __name__ == "__main__":
    run(main)
