"""Draws bar charts as SVG with pygal, without its scripts and style sheet: the page that shows them has the styles.

pygal computes the scale, the bars and their labels. What it adds for its scripts (tooltips, descriptions of each bar,
its configuration) is removed, and a title and a description are added for screen readers. The same numbers give the
same SVG.
"""

from collections.abc import Sequence
from typing import Any

from lxml import etree

_SVG = "http://www.w3.org/2000/svg"
_WIDTH, _BAR, _FONT, _LABEL = 440, 26, 13, 24
# The style of plots. A page sets the colours, such as `--plot-1`. `currentColor` is the colour of its text.
CHART_STYLE = """\
.plot { display: block; width: 100%; max-width: 40rem; height: auto; font-family: inherit; }
.plot text { fill: currentColor; font-size: 13px; }
.plot .background { fill: none; }
.plot .guide, .plot .line { fill: none; stroke: currentColor; stroke-opacity: .18; stroke-width: 1px; }
.plot .horizontal .axis.y .guide, .plot .vertical .axis.x .guide { stroke: none; }
.plot .axis.y text, .plot .horizontal .axis.y text { text-anchor: end; }
.plot .axis.x text, .plot .title { text-anchor: middle; }
.plot .centered, .plot .value { text-anchor: middle; }
.plot .horizontal .value { text-anchor: start; }
.plot .color-0 .rect, .plot .legend .color-0 { fill: var(--plot-1, #b4430f); }
.plot .color-1 .rect, .plot .legend .color-1 { fill: var(--plot-2, #5c636b); }
.plot .color-2 .rect, .plot .legend .color-2 { fill: var(--plot-3, #2f6f73); }
.plot .color-3 .rect, .plot .legend .color-3 { fill: var(--plot-4, #a98200); }
"""


def draw_bars(
    id: str,
    title: str,
    description: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float]]],
    *,
    horizontal: bool = True,
) -> str:
    """Draw stacked bars. Returns an `svg` element, to be put into an HTML page that has `CHART_STYLE`.

    Args:
        id: A prefix for the ids of the title and the description; unique in the page.
        title: The title, for screen readers.
        description: One sentence on what the plot shows, for screen readers.
        labels: The label of each bar.
        series: The name of each series, and its number for each label.
        horizontal: Whether the bars run from left to right, for long labels.
    """
    import pygal

    kind = pygal.HorizontalStackedBar if horizontal else pygal.StackedBar
    shown = [_shorten(label) for label in labels]
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
        max_scale=5,
        x_label_rotation=0 if horizontal else 40,
        value_formatter=lambda value: f"{value:,.0f}",
        disable_xml_declaration=True,
    )
    chart.uuid = id
    chart.x_labels = shown[::-1] if horizontal else shown
    for name, numbers in series:
        chart.add(name, numbers[::-1] if horizontal else numbers)
    root = chart.render_tree()
    _strip(root)
    return _describe(root, id, title, description)


def _shorten(label: str) -> str:
    return label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…"


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
        element.text = text
        root.insert(place, element)
    etree.cleanup_namespaces(root)
    return etree.tostring(root, encoding="unicode")
