"""Writes a few hundred JPEG frames in which everything happens that a detector may meet: noise, things that
walk, flicker and twinkle, steps and ramps of light, the dark. The same for the same seed.

    frames.py FOLDER [--size 320x240] [--seed 1]
"""

import argparse
from pathlib import Path

import cv2
import numpy as np


def scene(number, noise, width, height):
    ramp = np.linspace(60, 120, width)[None, :] + np.linspace(0, 20, height)[:, None]
    picture = np.repeat(ramp[:, :, None], 3, axis=2) + [0, 8, 16]
    unit = width // 40

    def thing(x, y, size, level):
        picture[max(0, int(y)) : int(y + size), max(0, int(x)) : int(x + size)] = level

    if 40 <= number < 90:  # it walks from left to right
        thing((number - 40) * width / 50 - 6 * unit, height / 3, 7 * unit, (40, 200, 90))
    elif 100 <= number < 125:  # many small things twinkle
        for i in range(48):
            if noise.random() < 0.7:
                thing(i % 8 * width / 8, i // 8 * height / 6, unit, (230, 230, 230))
    elif 135 <= number < 150 and number % 2:  # it comes and goes with each frame
        thing(width / 2, height / 2, 8 * unit, (220, 30, 30))
    elif 160 <= number < 175:  # one step of light, and back
        picture += 100
    elif 185 <= number < 225:  # the light grows slowly, then fast
        picture += (number - 185) * (0.5 if number < 205 else 3)
    elif 235 <= number < 260:  # something faint
        thing((number - 235) * 2 * unit % width, height / 2, 9 * unit, picture.mean(axis=(0, 1)) + 11)
    elif 270 <= number < 310:  # night, with a torch for some frames
        picture *= 0.2
        if 285 <= number < 292:
            thing(width / 5, height / 5, 5 * unit, (250, 250, 250))
    picture += noise.normal(0, 2 + 10 * (number >= 320), picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", default="320x240")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    noise = np.random.default_rng(arguments.seed)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for number in range(340):
        path = arguments.folder / f"{number:06}.jpg"
        cv2.imwrite(str(path), scene(number, noise, width, height), [cv2.IMWRITE_JPEG_QUALITY, 85])


main()
