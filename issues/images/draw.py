"""Draw every figure of the sample issues: `python issues/images/draw.py`.

A figure is a function that draws on a `Sheet`. `@figure` sets the path of the file and the size of the sheet. A figure
is at least 1,056 pixels wide, twice the width of the column in an issue, unless it is marked as small. It is drawn at
twice its size and reduced, to smooth the edges. It uses no fonts, no clock and only seeded random numbers, so that the
same version of Pillow writes the same bytes.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise
from math import cos, exp, hypot, pi, sin
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw

RUST, BRICK, BLUSH = "#b4430f", "#8f3a12", "#e7b9a0"
SAND, CREAM, STONE = "#e8e3d7", "#faf6ef", "#c9c2b2"
INK, SLATE, WHITE = "#1f2328", "#5c636b", "#ffffff"
FAINT = "66"  # an alpha value, to append to a colour
SCALE, WIDTH = 2, 1056

Point = tuple[float, float]


class Sheet:
    """A drawing surface with its own units. If it is not `small`, it is enlarged to at least `WIDTH` pixels."""

    def __init__(self, width: int, height: int, small: bool) -> None:
        enlarged = 1 if small else max(1, WIDTH / width)
        self.size = (round(width * enlarged), round(height * enlarged))
        self.scale = SCALE * enlarged
        self.image = Image.new("RGB", (self.size[0] * SCALE, self.size[1] * SCALE), CREAM)
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    def box(self, x: float, y: float, w: float, h: float, fill: str | None, edge: str | None = None,
            line: float = 2, corner: float = 0) -> None:  # fmt: skip
        area = (x * self.scale, y * self.scale, (x + w) * self.scale - 1, (y + h) * self.scale - 1)
        self.pen.rounded_rectangle(area, corner * self.scale, fill, edge, round(line * self.scale))

    def dot(self, x: float, y: float, r: float, fill: str | None, edge: str | None = None, line: float = 2) -> None:
        area = ((x - r) * self.scale, (y - r) * self.scale, (x + r) * self.scale, (y + r) * self.scale)
        self.pen.ellipse(area, fill, edge, round(line * self.scale))

    def line(self, points: Iterable[Point], colour: str, line: float = 2) -> None:
        self.pen.line(
            [(x * self.scale, y * self.scale) for x, y in points], colour, max(1, round(line * self.scale)), "curve"
        )

    def shape(self, points: Iterable[Point], fill: str | None, edge: str | None = None, line: float = 2) -> None:
        self.pen.polygon([(x * self.scale, y * self.scale) for x, y in points], fill, edge, round(line * self.scale))

    def arrow(self, points: list[Point], colour: str, line: float = 3, head: float = 14) -> None:
        """Draw a line along the points, with an arrowhead at the end."""
        (x0, y0), (x1, y1) = points[-2:]
        u, v = (x1 - x0) / hypot(x1 - x0, y1 - y0), (y1 - y0) / hypot(x1 - x0, y1 - y0)
        self.line(points, colour, line)
        tip, side = (x1 + u * head, y1 + v * head), head * 0.6
        self.shape([tip, (x1 - v * side, y1 + u * side), (x1 + v * side, y1 - u * side)], colour)

    def dashes(self, start: Point, end: Point, colour: str, line: float = 2) -> None:
        (x0, y0), (x1, y1) = start, end
        count = max(1, round(hypot(x1 - x0, y1 - y0) / 14))
        for i in range(count):
            self.line([(x0 + (x1 - x0) * t / count, y0 + (y1 - y0) * t / count) for t in (i, i + 0.55)], colour, line)

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        small = self.image.resize(self.size, Image.Resampling.LANCZOS)
        if path.suffix == ".jpg":
            small.save(path, quality=80, optimize=True, progressive=True)
        else:
            small.quantize(40, Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)


Drawing = Callable[[Sheet], None]
FIGURES: list[tuple[str, tuple[int, int, bool], Drawing]] = []


def figure(path: str, width: int, height: int, *, small: bool = False) -> Callable[[Drawing], Drawing]:
    """Register a drawing as a figure."""

    def register(draw: Drawing) -> Drawing:
        FIGURES.append((path, (width, height, small), draw))
        return draw

    return register


def rotated_box(x: float, y: float, w: float, h: float, angle: float) -> list[Point]:
    """Return the corners of a rectangle around (x, y), rotated by an angle in radians."""
    corners = ((-w, -h), (w, -h), (w, h), (-w, h))
    return [(x + (a * cos(angle) - b * sin(angle)) / 2, y + (a * sin(angle) + b * cos(angle)) / 2) for a, b in corners]


def arc(x: float, y: float, r: float, start: float, end: float, steps: int = 40) -> list[Point]:
    """Return points along a circle between two angles in turns. Few steps give a regular polygon."""
    angles = [2 * pi * (start + (end - start) * i / steps) for i in range(steps + 1)]
    return [(x + r * cos(a), y + r * sin(a)) for a in angles]


def car(s: Sheet, x: float, y: float, size: float, colour: str) -> None:
    """Draw a car with its left end at x and its wheels on y. `tree` and `person` have their middle at x."""
    s.shape([(x + size * a, y - size * b) for a, b in ((0.16, 0.28), (0.3, 0.48), (0.68, 0.48), (0.84, 0.28))], colour)
    s.box(x, y - size * 0.32, size, size * 0.23, colour, corner=size * 0.07)
    for a in (0.23, 0.77):
        s.dot(x + size * a, y - size * 0.09, size * 0.09, INK)


def tree(s: Sheet, x: float, y: float, size: float, colour: str) -> None:
    s.box(x - size * 0.04, y - size * 0.5, size * 0.08, size * 0.5, SLATE)
    s.dot(x, y - size * 0.66, size * 0.34, colour)


def person(s: Sheet, x: float, y: float, size: float, colour: str) -> None:
    s.dot(x, y - size * 0.87, size * 0.13, colour)
    s.box(x - size * 0.17, y - size * 0.7, size * 0.34, size * 0.7, colour, corner=size * 0.15)


@figure("029/buildings.png", 1200, 600)
def buildings(s: Sheet) -> None:
    rng = Random(12)
    s.box(0, 0, 1200, 600, SAND)
    for y in (-40, 170, 380, 590):  # the streets: four long ones, and some across
        s.line([(0, y), (1200, y + 75)], WHITE, 16)
    for a in (140, 430, 770, 1090):
        s.line([(a, 0), (a - 90, 600)], WHITE, 12)
    for row in range(6):
        for column in range(15):
            x, y = 25 + column * 82 + rng.uniform(-8, 8), 18 + row // 2 * 210 + row % 2 * 92 + column * 5
            w, h, angle = rng.uniform(34, 62), rng.uniform(30, 58), 0.06 + rng.uniform(-0.1, 0.1)
            on_street = any(abs(x - (a - 90 * y / 600)) < 42 for a in (140, 430, 770, 1090))
            if on_street or abs(x - 600) < 42 or rng.random() < 0.12:
                continue
            s.shape(rotated_box(x + 5, y + 5, w, h, angle), SLATE + FAINT)
            found = x > 600
            s.shape(rotated_box(x, y, w, h, angle), BLUSH if found else STONE, RUST if found else None, 4)
    s.line([(600, 0), (600, 600)], INK, 3)
    s.dot(600, 300, 16, INK)


@figure("029/r-drop.png", 960, 540)
def r_drop(s: Sheet) -> None:
    def bell(middle: float) -> list[Point]:
        return [(x, 440 - 330 * exp(-(((x - middle) / 130) ** 2))) for x in range(60, 901, 4)]

    for x in range(60, 901, 60):
        s.line([(x, 440), (x, 452)], STONE, 2)
    for middle, fill, edge in ((390, STONE, SLATE), (570, BLUSH, RUST)):
        s.shape([(60, 440), *bell(middle), (900, 440)], fill + "99")
        s.line(bell(middle), edge, 4)
        s.dashes((middle, 110), (middle, 440), edge, 2)
    s.line([(60, 440), (900, 440)], INK, 3)
    s.arrow([(390, 70), (448, 70)], SLATE, 4)
    s.arrow([(570, 70), (512, 70)], RUST, 4)


@figure("029/data-diet.png", 1500, 300)
def data_diet(s: Sheet) -> None:
    rng = Random(7)
    for column in range(50):
        for row in range(9):
            worth, needed = rng.random(), column / 49 * 0.94
            x, y = 30 + column * 29.4, 32 + row * 29.5
            kept = worth >= needed
            s.dot(x, y, 10.5 if kept else max(2.5, 10.5 - 22 * (needed - worth)), RUST if kept else STONE)


@figure("029/yolox.jpg", 800, 600)
def yolox(s: Sheet) -> None:
    s.box(0, 430, 800, 170, SAND)
    tree(s, 150, 470, 330, STONE)
    car(s, 255, 510, 320, BLUSH)
    person(s, 685, 490, 240, SLATE)
    for x, y, w, h in ((28, 126, 244, 352), (243, 344, 344, 178), (632, 246, 106, 254)):
        s.box(x, y, w, h, None, RUST, 5)
        cx, cy = x + w / 2, y + h / 2
        for end in ((x, cy), (x + w, cy), (cx, y), (cx, y + h)):
            s.dashes((cx, cy), end, BRICK, 3)
        s.dot(cx, cy, 11, WHITE, BRICK, 5)


@figure("029/unit.png", 600, 900)
def unit(s: Sheet) -> None:
    s.box(0, 450, 600, 450, SAND)
    for row in range(4):
        for column in range(3):
            x, y, base = 45 + column * 180, 40 + row * 210 + (row // 2) * 30 - 10, row < 2
            s.box(x, y, 150, 170, WHITE, STONE, 2, 10)
            colour = BLUSH if base else STONE
            corners = (40, 3, 4, 6)[(row + column) % 4]
            outline = arc(x + 75, y + (96 if corners == 3 else 86), 46, -0.25, 0.75, corners)
            s.shape(outline, colour, RUST if base else None, 4)
            if base:
                s.box(x + 22, y + 32, 106, 108, None, BRICK, 4)
            elif row == 2:
                rim = [(x + 22, y + 32), (x + 128, y + 32), (x + 128, y + 140), (x + 22, y + 140)]
                for here, there in zip(rim, rim[1:] + rim[:1], strict=True):
                    s.dashes(here, there, RUST, 4)
            else:
                s.dot(x + 132, y + 18, 8, RUST)
    for x in (120, 300, 480):
        s.arrow([(x, 418), (x, 462)], INK, 5, 18)


@figure("029/mobile-former.png", 960, 540)
def mobile_former(s: Sheet) -> None:
    for stage in range(4):
        x, size = 60 + stage * 230, 150 - stage * 22
        for layer in range(3 + stage):
            s.box(x + layer * 11, 215 - size - layer * 11, size, size, (SAND, WHITE)[layer % 2], SLATE, 2)
        for token in range(6):
            s.box(x + token * 24, 420, 20, 60, BLUSH if token <= stage else CREAM, RUST, 3, 4)
        if stage < 3:
            s.arrow([(x + 168, 450), (x + 206, 450)], RUST, 3, 12)
        s.arrow([(x + 40, 230), (x + 40, 390)], SLATE, 4, 16)
        s.arrow([(x + 84, 408), (x + 84, 248)], RUST, 4, 16)


@figure("029/pointaugmenting.png", 1200, 600)
def pointaugmenting(s: Sheet) -> None:
    rng = Random(5)
    s.box(40, 60, 530, 480, SAND, STONE, 3, 8)
    s.box(43, 270, 524, 267, CREAM)
    s.shape([(43, 536), (265, 270), (345, 270), (567, 536)], STONE)
    tree(s, 120, 330, 120, BLUSH)
    tree(s, 470, 310, 90, BLUSH)
    car(s, 285, 300, 48, SLATE)
    car(s, 215, 455, 210, RUST)
    s.box(630, 60, 530, 480, WHITE, STONE, 3, 8)
    for ring in range(5, 30):
        for x, y in arc(895, 560, ring * 18, 0.5, 1.0):
            if 640 < x < 1150 and 70 < y < 530 and rng.random() < 0.7:
                s.dot(x + rng.uniform(-3, 3), y, 2, STONE)
    s.box(760, 315, 270, 160, WHITE)
    for a in range(0, 211, 10):  # the car again, as points on its outline and body
        for b in range(10, 101, 10):
            slope = (b - 59) / 42  # from the foot of the windows to the roof
            inside = b < 68 or 0.16 + 0.14 * slope < a / 210 < 0.84 - 0.16 * slope
            if inside and rng.random() < 0.85:
                s.dot(790 + a, 455 - b + rng.uniform(-2, 2), 3, RUST)
    for (x0, y0), (x1, y1) in (((215, 355), (772, 338)), ((425, 455), (1018, 470))):
        s.dashes((x0, y0), (x1, y1), BRICK, 3)
    s.box(200, 338, 240, 130, None, BRICK, 4)
    s.box(772, 338, 246, 132, None, BRICK, 4)


@figure("029/lidar-aug.png", 600, 600)
def lidar_aug(s: Sheet) -> None:
    rng = Random(3)
    hidden = ((0.085, 0.165, 185), (0.60, 0.665, 135))  # the inserted boxes: angles in turns, and distance
    for ring in range(15):
        r, count = 46 + ring * 17 + ring * ring * 0.3, 60 + ring * 8
        for turn in (i / count for i in range(count)):
            behind = any(a < turn < b and r > d for a, b, d in hidden)
            if not behind and rng.random() > 0.06:
                on_box = any(a < turn < b and r > d - 30 for a, b, d in hidden)
                x, y = round(300 + r * cos(2 * pi * turn)), round(300 + r * sin(2 * pi * turn))
                s.dot(x, y, 3.2 if on_box else 2.4, RUST if on_box else SLATE)
    for (a, b, d), (w, h) in zip(hidden, ((58, 108), (52, 70)), strict=True):
        angle = pi * (a + b)
        s.shape(rotated_box(300 + (d + 24) * cos(angle), 300 + (d + 24) * sin(angle), w, h, angle), BLUSH, RUST, 4)
    s.dot(300, 300, 13, INK)


@figure("2021-week-10/wit.png", 1200, 600)
def wit(s: Sheet) -> None:
    rng = Random(108)
    for row in range(3):
        for column in range(8):
            x, y = 32 + column * 144, 24 + row * 189
            s.box(x, y, 126, 172, WHITE, STONE, 2, 6)
            sky, hill = rng.choice(((SAND, STONE), (BLUSH, RUST), (SAND, SLATE), (STONE, BRICK), (SAND, BLUSH)))
            s.box(x + 12, y + 12, 102, 74, sky)
            peak = rng.uniform(30, 84)
            s.shape([(x + 12, y + 86), (x + peak, y + rng.uniform(34, 58)), (x + 114, y + 86)], hill)
            s.dot(x + (92 if peak < 57 else 34), y + 30, 8, WHITE)
            rightwards = rng.random() < 0.8  # some languages run the other way
            for k in range(4):
                w = rng.uniform(46, 102) if k else 102
                left = x + 12 if rightwards else x + 114 - w
                s.box(left, y + 100 + k * 16, w, 6, STONE if k else SLATE, corner=3)


@figure("2021-week-10/seer.png", 960, 540)
def seer(s: Sheet) -> None:
    rng, tints = Random(2), (RUST, BRICK, BLUSH, STONE, SLATE, INK)
    for column in range(32):
        order = max(0, min(1, (column - 9) / 17))
        for row in range(18):
            tint = tints[row // 3] if rng.random() < order else rng.choice(tints)
            x, y = (n + rng.randint(-4, 4) * (order < 0.5) for n in (16 + column * 29, 10 + row * 29))
            s.box(x, y, 23, 23, tint, corner=3)


@figure("2021-week-10/one-stage-gan.png", 960, 540)
def one_stage_gan(s: Sheet) -> None:
    for start in (0.03, 0.53):
        s.arrow(arc(480, 270, 245, start, start + 0.43), STONE, 4, 18)
    for x in (235, 725):
        s.dot(x, 270, 18, CREAM, STONE, 4)
    for start in (0.05, 0.55):
        s.arrow(arc(480, 270, 150, start, start + 0.335), RUST, 8, 24)
    s.dot(330, 270, 68, BLUSH, RUST, 6)
    s.dot(630, 270, 68, SLATE, INK, 6)


@figure("2021-week-10/perceiver.png", 1200, 500)
def perceiver(s: Sheet) -> None:
    rng, blocks = Random(9), ((115, BLUSH), (478, "#cf7b54"), (841, RUST))
    for left, tint in blocks:  # cross-attention: every block of latents reads the whole input
        s.shape([(left, 170), (left + 242, 170), (1174, 384), (26, 384)], tint + "1c")
        for k in range(8):
            s.line([(left + 12 + k * 31, 170), (32 + k * 162, 384)], tint, 2)
    for left, tint in blocks:
        for k in range(8):
            s.box(left + k * 31, 118, 25, 52, tint, BRICK, 3, 4)
        for k in range(6):  # self-attention among the latents
            s.line(arc(left + 43 + k * 31, 110, 31, 0.53, 0.97), SLATE, 2.5)
    for x in (372, 735):
        s.arrow([(x, 144), (x + 76, 144)], BRICK, 4, 18)
    for i in range(95):
        s.box(26 + i * 12.1, 388, 10, 64, rng.choice((SAND, STONE, SLATE, BLUSH, RUST)))


@figure("2021-week-10/attention-rank.png", 1200, 520)
def attention_rank(s: Sheet) -> None:
    rng = Random(4)
    start = [[rng.random() for _ in range(8)] for _ in range(8)]
    mean = [sum(column) / 8 for column in zip(*start, strict=True)]
    for y, keep in ((30, (1, 0.5, 0.12, 0, 0)), (280, (1, 0.95, 0.9, 0.86, 0.82))):
        for layer, share in enumerate(keep):
            x = 35 + layer * 237
            for r in range(8):
                for c in range(8):
                    value = mean[c] + (start[r][c] - mean[c]) * share
                    shade = f"{round(255 * max(0, min(1, value * 1.25 - 0.12))):02x}"
                    s.box(x + c * 26, y + r * 26, 26, 26, (SLATE if y == 30 else RUST) + shade)
            s.box(x - 2, y - 2, 212, 212, None, STONE, 2)
            if layer < 4:
                s.line([(x + 212, y + 104), (x + 235, y + 104)], SLATE if y == 30 else RUST, 4)
            if layer < 4 and y == 280:  # the skip connection
                s.line([(x + 150, y + 210), (x + 150, y + 226), (x + 295, y + 226), (x + 295, y + 210)], RUST, 3)


@figure("2021-week-10/lottery-ticket-gan.png", 300, 225, small=True)
def lottery_ticket_gan(s: Sheet) -> None:
    rng = Random(21)
    layers = [[(35 + k * 76, 112 + (i - (n - 1) / 2) * 36) for i in range(n)] for k, n in enumerate((4, 6, 6, 3))]
    links = [(a, b) for one, two in pairwise(layers) for a in one for b in two]
    winners = rng.sample(links, 14)
    for link in links:
        s.line(link, STONE + "88", 1)
    for link in winners:
        s.line(link, RUST, 2.5)
    alive = {end for link in winners for end in link}
    for node in (node for layer in layers for node in layer):
        s.dot(*node, 9, BLUSH if node in alive else CREAM, RUST if node in alive else STONE, 2.5)


@figure("2021-week-10/barlow-twins.png", 600, 600)
def barlow_twins(s: Sheet) -> None:
    rng = Random(6)
    s.box(80, 80, 480, 480, WHITE, STONE, 2)
    for i in range(16):
        for j in range(16):
            shade = 215 + rng.randrange(40) if i == j else int(70 * rng.random() ** 3)
            s.box(80 + i * 30, 80 + j * 30, 29, 29, (RUST if i == j else SLATE) + f"{shade:02x}")
        for k, twin in enumerate((SLATE, BRICK)):  # the two feature vectors, along the edges
            length = 12 + rng.random() * 34
            if k:
                s.box(82 + i * 30, 70 - length, 25, length, twin)
            else:
                s.box(70 - length, 82 + i * 30, length, 25, twin)


@figure("2021-week-10/relabel.png", 800, 600)
def relabel(s: Sheet) -> None:
    s.box(0, 400, 800, 200, SAND)
    tree(s, 205, 451, 376, STONE)
    car(s, 403, 520, 320, SLATE)
    for row in range(9):
        for column in range(12):
            x, y = 10 + column * 65, 8 + row * 65
            cx, cy = x + 32, y + 32
            on_tree = hypot(cx - 205, cy - 203) < 130 or (abs(cx - 205) < 40 and 300 < cy < 440)
            on_car = (395 < cx < 725 and 400 < cy < 530) or (480 < cx < 640 and 350 < cy < 400)
            s.box(x, y, 63, 63, (RUST if on_car else BLUSH) + "8c" if on_car or on_tree else None, WHITE, 1.5, 4)


@figure("2021-week-11-ja/diffaugment.png", 960, 540)
def diffaugment(s: Sheet) -> None:
    def picture(x: float, y: float, sky: str, hill: str, shift: float = 0) -> None:
        s.box(x, y, 180, 180, sky, corner=6)
        s.dot(x + 128 + shift, y + 50, 20, CREAM)
        s.shape([(x + 10 + shift, y + 180), (x + 70 + shift, y + 70), (x + 130 + shift, y + 180)], hill)
        s.box(x, y, 180, 180, None, SLATE, 3, 6)

    for y, sky, hill in ((60, SAND, SLATE), (300, BLUSH, RUST)):
        picture(30, y, sky, hill)
        s.arrow([(222, y + 90), (252, y + 90)], INK, 4, 14)
        picture(280, y, sky, hill, 30)
        picture(510, y, sky, hill)
        s.box(570, y + 76, 78, 78, CREAM)
        picture(740, y, hill, sky)


def main() -> None:
    for path, size, draw in FIGURES:
        sheet = Sheet(*size)
        draw(sheet)
        sheet.save(Path(__file__).resolve().parent / path)


if __name__ == "__main__":
    main()
