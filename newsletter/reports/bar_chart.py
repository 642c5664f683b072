"""Draws bar charts as SVG with pygal, without its scripts and style sheet.

The page that shows a chart has the styles of `templates/reports/plots.css`.

pygal computes the scale, the bars and their labels. What it adds for its scripts (tooltips, descriptions of each bar,
its configuration) is removed, and a title and a description are added for screen readers. The same numbers give the
same SVG.
"""

import math
import re
import sys
from collections.abc import Sequence
from itertools import count
from typing import Any

from lxml import etree

# XML 1.0, §2.2.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SVG = "http://www.w3.org/2000/svg"
_WIDTH, _BAR, _FONT, _LABEL = 380, 26, 13, 21


def draw_bars(
    id: str,
    title: str,
    description: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float]]],
    *,
    horizontal: bool = True,
) -> str:
    """Draw stacked bars. Returns an `svg` element, to be put into an HTML page with the style sheet of plots.

    Args:
        id: A prefix for the ids of the title and the description; unique in the page.
        title: The title, for screen readers.
        description: One sentence on what the plot shows, for screen readers.
        labels: The label of each bar.
        series: The name of each series, and its number for each label.
        horizontal: Whether the bars run from left to right, for long labels.
    """
    import pygal

    # pygal's finder of plug-ins, which are not used here. Python warns of it at each later import.
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]
    kind = pygal.HorizontalStackedBar if horizontal else pygal.StackedBar
    shown = [_shorten(_without_controls(label)) for label in labels]
    ticks = _choose_ticks(max((sum(numbers) for numbers in zip(*(each for _, each in series), strict=True)), default=0))
    chart: Any = kind(
        width=_WIDTH,
        height=(len(labels) * _BAR + 70) if horizontal else 260,
        js=[],
        css=[],
        margin=4,
        margin_right=24,
        spacing=8,
        show_legend=len(series) > 1,
        legend_at_bottom=True,
        legend_box_size=_FONT,
        style=pygal.style.Style(label_font_size=_FONT, major_label_font_size=_FONT, legend_font_size=_FONT),
        truncate_label=-1,
        truncate_legend=-1,
        range=(0, ticks[-1]),
        x_label_rotation=0 if horizontal else 40,
        value_formatter=lambda value: f"{value:,.0f}",
        disable_xml_declaration=True,
    )
    chart.uuid = id
    chart.x_labels = shown[::-1] if horizontal else shown
    chart.y_labels = ticks
    for name, numbers in series:
        chart.add(name, numbers[::-1] if horizontal else numbers)
    root = chart.render_tree()
    _strip(root)
    return _describe(root, id, title, description)


def _choose_ticks(most: float) -> list[int]:
    """Return whole numbers for the scale, fewer of large ones: their labels need more room.

    The steps are 1, 2 or 5 times a power of ten.
    """
    steps = 5 if most < 10_000 else 3 if most < 100_000 else 2
    step = next(step for power in count() for step in (10**power, 2 * 10**power, 5 * 10**power) if most <= steps * step)
    return list(range(0, max(math.ceil(most / step), 1) * step + 1, step))


def _shorten(label: str) -> str:
    return label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…"


def _without_controls(text: str) -> str:
    """Replace characters that XML does not allow."""
    return _NOT_IN_XML.sub("\ufffd", text)


def _strip(root: Any) -> None:
    """Remove everything that scripts would use."""
    for element in list(root.iter()):
        parent = element.getparent()
        if parent is None:
            continue
        unused = not isinstance(element.tag, str) or etree.QName(element).localname in ("defs", "desc", "title")
        if unused or "tooltip-overlay" in element.get("class", ""):
            parent.remove(element)
        element.attrib.pop("id", None)


def _describe(root: Any, id: str, title: str, description: str) -> str:
    root.attrib.update({"class": "plot", "role": "img", "aria-labelledby": f"{id}-title {id}-description"})
    for place, (name, text) in enumerate((("title", title), ("description", description))):
        element = root.makeelement(f"{{{_SVG}}}{'desc' if name == 'description' else name}", {"id": f"{id}-{name}"})
        element.text = _without_controls(text)
        root.insert(place, element)
    etree.cleanup_namespaces(root)
    return etree.tostring(root, encoding="unicode")
