"""Paints the places that shots.js shows, and who comes by: a garden gate by day, an orchard at dusk, a barn at night.

usage: paint.py FOLDER    writes gate-fox-0.jpg to gate-fox-7.jpg and so on, and prints nothing"""

import sys
from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT, FRAMES = 960, 720, 8
# Shapes are drawn twice as large: what is made smaller afterwards has soft edges.
TWICE = 2

# Each place by its sky (above, below), three hills from far to near, what stands there, and how grainy its camera is; all BGR.
PLACES = {
    "gate": {"sky": ((214, 184, 142), (232, 226, 214)), "hills": ((168, 176, 150), (120, 152, 118), (92, 136, 104)), "wood": (238, 242, 244), "grain": 2.5},
    "orchard": {"sky": ((96, 70, 70), (120, 160, 226)), "hills": ((92, 84, 104), (66, 66, 74), (46, 54, 50)), "wood": (36, 40, 44), "grain": 4.0},
    "barn": {"sky": ((26, 26, 26), (70, 70, 70)), "hills": ((58, 58, 58), (84, 84, 84), (112, 112, 112)), "wood": (150, 150, 150), "grain": 7.0},
}
# Outlines that walk to the right, in units of their own height, feet at 0.
FOX = [(-1.0, .42), (-.75, .62), (-.35, .62), (.3, .66), (.42, .74), (.44, 1.0), (.56, .84), (.66, .98), (.7, .78), (.95, .6), (.7, .54),
       (.46, .4), (.42, .0), (.32, .0), (.28, .34), (-.25, .34), (-.3, .0), (-.42, .0), (-.42, .38), (-.62, .44), (-.8, .36)]
WALKER = [(-.08, .97), (-.03, 1.01), (.04, 1.01), (.09, .96), (.1, .9), (.06, .84), (.05, .82), (.16, .76), (.2, .46), (.13, .44), (.12, .5), (.22, .02), (.1, .0), (.02, .38),
          (-.12, .0), (-.24, .02), (-.1, .48), (-.14, .46), (-.2, .52), (-.14, .78), (-.05, .82), (-.06, .84), (-.1, .9)]
VAN = [(-1.3, .12), (-1.3, .95), (-1.2, 1.0), (.5, 1.0), (.9, .6), (1.28, .5), (1.32, .12)]
WHO = {"fox": (FOX, .16, (40, 96, 184)), "walker": (WALKER, .34, (92, 62, 48)), "van": (VAN, .3, (206, 206, 200))}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for place in PLACES:
        empty = landscape(place)
        for who in WHO:
            for frame in range(FRAMES):
                cv2.imwrite(str(folder / f"{place}-{who}-{frame}.jpg"), taken(place, visited(empty, place, who, frame)), [cv2.IMWRITE_JPEG_QUALITY, 88])


def landscape(place):
    """A place in which nobody is."""
    look, noise = PLACES[place], np.random.default_rng(sum(place.encode()))
    height, width = HEIGHT * TWICE, WIDTH * TWICE
    above, below = (np.array(colour, float) for colour in look["sky"])
    share = np.clip(np.linspace(0, 1.7, height), 0, 1)[:, None, None]
    pixels = np.broadcast_to(above + (below - above) * share, (height, width, 3)).astype(np.uint8).copy()
    across = np.linspace(0, 1, 97)
    for far, colour in enumerate(look["hills"]):
        waves = sum(np.sin(across * turns * 6.28 + noise.uniform(0, 6)) / turns for turns in (1, 2, 3, 7))
        line = .46 + .14 * far + .035 * waves * (1 - far / 4)
        fill(pixels, [*zip(across, line), (1, 1), (0, 1)], colour)
        if far == 1:
            {"gate": trees, "orchard": trees, "barn": barn}[place](pixels, noise, colour)
    if place == "gate":
        fence(pixels, look["wood"])
    return pixels


def fill(pixels, points, colour):
    """A shape whose points are shares of the picture."""
    height, width = pixels.shape[:2]
    cv2.fillPoly(pixels, [np.array([(x * width, y * height) for x, y in points], np.int32)], colour, cv2.LINE_AA)


def trees(pixels, noise, colour):
    height, width = pixels.shape[:2]
    for x in np.linspace(.04, .98, 9) + noise.uniform(-.03, .03, 9):
        size, foot = noise.uniform(.05, .085), noise.uniform(.6, .64)
        fill(pixels, [(x - .005, foot), (x - .004, foot - size * 1.6), (x + .004, foot - size * 1.6), (x + .005, foot)], shade(colour, .5))
        for _ in range(14):
            at = (int((x + noise.normal(0, size * .35)) * width), int((foot - size * 1.9 + noise.normal(0, size * .4)) * height))
            cv2.circle(pixels, at, int(size * noise.uniform(.35, .6) * width), shade(colour, noise.uniform(.62, .9)), -1, cv2.LINE_AA)


def barn(pixels, _noise, colour):
    fill(pixels, [(.6, .64), (.6, .42), (.66, .34), (.8, .3), (.94, .34), (1.0, .42), (1.0, .66)], shade(colour, 1.25))
    fill(pixels, [(.58, .43), (.66, .335), (.8, .29), (.94, .335), (1.02, .43), (1.02, .41), (.94, .31), (.8, .265), (.66, .31), (.57, .42)], shade(colour, .55))
    fill(pixels, [(.74, .65), (.74, .46), (.86, .46), (.86, .65)], shade(colour, .4))


def fence(pixels, colour):
    for y in (.66, .74):
        for left, right in ((0, .43), (.6, 1)):
            fill(pixels, [(left, y), (right, y), (right, y + .014), (left, y + .014)], shade(colour, .9))
    for x in np.arange(.01, 1, .038):
        if not .42 < x < .6:
            fill(pixels, [(x, .8), (x, .615), (x + .009, .6), (x + .018, .615), (x + .018, .8)], colour)


def visited(empty, place, who, frame):
    """The place with somebody at that point of their way."""
    outline, size, colour = WHO[who]
    size *= 1.15 if place == "barn" else 1
    x, foot = -.05 + 1.1 * (frame + .5) / FRAMES, .86 + .012 * np.sin(frame * 1.9)
    colour = (colour, shade(colour, .62), (186, 186, 186))[list(PLACES).index(place)]
    pixels = empty.copy()
    shadow = [(x + size * .75 * px * HEIGHT / WIDTH, foot + .012 - size * .05 * py) for px, py in ((-1.1, 0), (0, -.4), (1.1, 0), (0, .4))]
    fill(pixels, shadow, shade(PLACES[place]["hills"][2], .8))
    fill(pixels, [(x + size * px * HEIGHT / WIDTH, foot - size * py) for px, py in outline], colour)
    if who == "van":
        fill(pixels, [(x + size * px * HEIGHT / WIDTH, foot - size * py) for px, py in ((.52, .92), (.84, .6), (.3, .6), (.3, .92))], shade(colour, .45))
        for wheel in (-.85, .85):
            at = (int((x + size * wheel * HEIGHT / WIDTH) * pixels.shape[1]), int((foot - size * .12) * pixels.shape[0]))
            cv2.circle(pixels, at, int(size * .17 * pixels.shape[0]), shade(colour, .25), -1, cv2.LINE_AA)
    return pixels


def taken(place, pixels):
    """As a small camera sees it: a little soft, a little grainy, darker at the corners."""
    small = cv2.resize(pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(float)
    y, x = np.mgrid[-1:1:HEIGHT * 1j, -1:1:WIDTH * 1j]
    small *= (1 - .16 * (x * x + y * y))[:, :, None]
    grain = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1, (HEIGHT, WIDTH)), (0, 0), .8) * 2
    return np.clip(small + grain[:, :, None] * PLACES[place]["grain"], 0, 255).astype(np.uint8)


def shade(colour, by):
    return tuple(int(min(255, part * by)) for part in colour)


main()
