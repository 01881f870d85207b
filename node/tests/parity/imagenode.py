"""What imagenode's detectors decide, frame by frame, on a folder of JPEG files.

A reading of imagenode 0.3 (`tools/imaging.py`) in our own words, on OpenCV for Python: the yardstick for
Picket's `method: imagenode`. Prints the lines that `picket-node replay` prints (without `view`), or, with
`--against LINES`, compares them with such lines and exits 1 when they differ.

    imagenode.py FOLDER DETECTORS.json [--against LINES]

DETECTORS.json is a list of detectors, as under `detectors:` in picket-node.yaml.
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np


class Light:
    """The last `min_frames` frames agree, or the state stays what it was."""

    def __init__(self, settings):
        self.limit = settings.get("threshold", 100)
        self.wanted = settings.get("min_frames", 5)
        self.votes = []
        self.state = "unknown"

    def look(self, grey, _area):
        bright = int(np.mean(grey)) > self.limit
        self.votes = (self.votes + [bright])[-self.wanted :]
        if len(self.votes) == self.wanted and len(set(self.votes)) == 1:
            self.state = "lighted" if bright else "dark"
        return bright, float(np.mean(grey)) / 255, []


class Motion:
    """Half of each change is seen, one outline must be large enough, and only moving frames must be in a row."""

    def __init__(self, settings):
        self.delta = settings.get("delta_threshold", 5)
        self.share = settings.get("min_area", 3)
        self.kernel = settings.get("blur_kernel_size", 15)
        self.min_moving = settings.get("min_motion_frames", 3)
        self.min_still = settings.get("min_still_frames", 3)
        self.average = None
        self.frames = self.moving = self.still = 0
        self.state = "unknown"

    def look(self, grey, area):
        grey = cv2.GaussianBlur(grey, (self.kernel, self.kernel), 0)
        if self.average is None:
            self.average = grey.astype("float")
        else:
            cv2.accumulateWeighted(grey, self.average, 0.5)
        delta = cv2.absdiff(grey, cv2.convertScaleAbs(self.average))
        changed = cv2.threshold(delta, self.delta, 255, cv2.THRESH_BINARY)[1]
        changed = cv2.dilate(changed, None, iterations=2)
        outlines = cv2.findContours(changed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[-2]
        least = area * self.share // 100
        large = [outline for outline in outlines if cv2.contourArea(outline) >= least]
        self.count(bool(large))
        boxes = [list(cv2.boundingRect(outline)) for outline in large]
        return bool(large), np.count_nonzero(changed) / area, boxes

    def count(self, moving):
        if moving:
            self.moving += 1
        else:
            self.moving = 0
            self.still += 1
        self.frames += 1
        if self.frames < max(self.min_moving, self.min_still):
            return
        if self.moving >= self.min_moving:
            self.state = "moving"
            self.still = 0
        elif self.still >= self.min_still:
            self.state = "still"


class Watch:
    """One detector with its region, which is reckoned from the first picture's size and then kept."""

    def __init__(self, settings):
        self.name = settings.get("name", settings["kind"])
        self.percents = settings.get("roi", [[0, 0], [100, 100]])
        self.detector = {"light": Light, "motion": Motion}[settings["kind"]](settings)
        self.region = None

    def look(self, number, picture):
        if self.region is None:
            height, width = picture.shape[:2]
            self.region = [[x * width // 100, y * height // 100] for x, y in self.percents]
        (left, top), (right, bottom) = self.region
        grey = cv2.cvtColor(picture[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
        moving, score, boxes = self.detector.look(grey, (right - left) * (bottom - top))
        boxes = sorted([x + left, y + top, w, h] for x, y, w, h in boxes)
        return {
            "frame": number,
            "detector": self.name,
            "moving": moving,
            "state": self.detector.state,
            "score": score,
            "boxes": boxes,
        }


def lines(folder, detectors):
    watches = [Watch(settings) for settings in detectors]
    for number, path in enumerate(sorted(Path(folder).glob("*.jpg"))):
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            sys.exit(f"{path}: not a picture")
        for watch in watches:
            yield watch.look(number, picture)


def differ(ours, theirs):
    """In words, or nothing."""
    for key in ("frame", "detector", "moving", "state"):
        if ours[key] != theirs[key]:
            return f"{key}: imagenode {ours[key]}, Picket {theirs[key]}"
    if abs(ours["score"] - theirs["score"]) > 1e-6:
        return f"score: imagenode {ours['score']}, Picket {theirs['score']}"
    if ours["boxes"] != sorted(theirs["boxes"]):
        return f"boxes: imagenode {ours['boxes']}, Picket {theirs['boxes']}"
    return None


def compare(expected, path):
    with open(path) as file:
        given = [json.loads(line) for line in file]
    expected = list(expected)
    faults = [
        f"frame {ours['frame']}, detector {ours['detector']}: {fault}"
        for ours, theirs in zip(expected, given)
        if (fault := differ(ours, theirs))
    ]
    if len(given) != len(expected):
        faults.append(f"imagenode has {len(expected)} lines, Picket {len(given)}")
    for fault in faults[:20]:
        print(fault)
    moving = sum(line["moving"] for line in expected)
    changes = changed(expected)
    print(f"OpenCV {cv2.__version__}: {len(expected)} lines, {moving} moving, {changes} changes of state, {len(faults)} differ")
    if not moving or not changes:
        sys.exit("a comparison in which nothing happens proves nothing")
    sys.exit(1 if faults else 0)


def changed(told):
    states = {}
    changes = 0
    for line in told:
        before = states.setdefault(line["detector"], "unknown")
        changes += line["state"] != before
        states[line["detector"]] = line["state"]
    return changes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("detectors")
    parser.add_argument("--against", metavar="LINES")
    arguments = parser.parse_args()
    with open(arguments.detectors) as file:
        told = lines(arguments.folder, json.load(file))
    if arguments.against:
        compare(told, arguments.against)
    for line in told:
        print(json.dumps(line))


main()
