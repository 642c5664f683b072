"""The diagram of docs/architecture.md, drawn from the imports (`make golden` writes it)."""

import ast
import tomllib
from html import escape
from pathlib import Path

import grimp

REPOSITORY = Path(__file__).parent.parent
FILE = REPOSITORY / "docs" / "images" / "architecture.svg"

# Pixels: the height of a row, the left edges of the names, the summaries and the matrix, and its top edge.
ROW, NAMES, SUMMARIES, MATRIX, TOP = 30, 24, 150, 690, 132

_STYLE = """\
svg { background: #ffffff }
text { font: 12.5px system-ui, sans-serif; fill: #5c636b }
.name { font-weight: 600; fill: #1f2328 }
.band { fill: #f4f2ec }
.own { fill: #e4e0d6 }
.dot { fill: #b4430f }
@media (prefers-color-scheme: dark) {
  svg { background: #191c1f }
  text { fill: #a5acb4 }
  .name { fill: #e7e4df }
  .band { fill: #22262a }
  .own { fill: #3a4046 }
  .dot { fill: #ff9a62 }
}
"""


def layers() -> list[list[str]]:
    """Read the layers from the contract in pyproject.toml, from the top: the names of the packages in each."""
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    (contract,) = [each for each in settings["tool"]["importlinter"]["contracts"] if each["type"] == "layers"]
    return [[name.strip() for name in layer.split("|")] for layer in contract["layers"]]


def summary(package: str) -> str:
    """Return the first line of a package's docstring, without its full stop."""
    path = REPOSITORY / "newsletter" / package
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(source.read_text())) or ""
    return docstring.partition("\n")[0].replace("`", "").rstrip(".")


def find_imports() -> set[tuple[str, str]]:
    """Find which package imports which other package."""
    graph = grimp.build_graph("newsletter", cache_dir=None)
    return {
        (module.split(".")[1], imported.split(".")[1])
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if "." in module and "." in imported and module.split(".")[1] != imported.split(".")[1]
    }


def draw() -> str:
    """Draw the packages from the top layer to the bottom, and a dot for each import between two of them."""
    groups = layers()
    names = [name for group in groups for name in group]
    rows = {name: TOP + ROW * number for number, name in enumerate(names)}
    columns = {name: MATRIX + ROW * number for number, name in enumerate(names)}
    width, height = MATRIX + ROW * len(names) + 24, TOP + ROW * len(names) + 24
    label = "The packages from the top layer to the bottom, and which imports which"
    bands = [
        f'<rect class="band" x="12" y="{rows[group[0]]}" width="{width - 24}" height="{ROW * len(group)}" rx="4"/>'
        for group in groups[::2]
    ]
    dots = [
        f'<circle class="dot" cx="{columns[imported] + ROW // 2}" cy="{rows[importer] + ROW // 2}" r="5">'
        f"<title>{importer} imports {imported}</title></circle>"
        for importer, imported in sorted(find_imports())
        if importer in rows
    ]
    texts = [line for name in names for line in _row(name, rows[name], columns[name])]
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}">'
    return "\n".join([head, f"<style>\n{_STYLE}</style>", *bands, *texts, *dots, "</svg>", ""])


def _row(name: str, top: int, left: int) -> list[str]:
    """Draw a package's square on the diagonal, its name and summary in its row, and its name above its column."""
    baseline = top + ROW // 2 + 4
    turned = f"translate({left + ROW // 2 + 4} {TOP - 10}) rotate(-60)"
    return [
        f'<rect class="own" x="{left + 4}" y="{top + 4}" width="{ROW - 8}" height="{ROW - 8}" rx="3"/>',
        f'<text class="name" x="{NAMES}" y="{baseline}">{name}</text>',
        f'<text x="{SUMMARIES}" y="{baseline}">{escape(summary(name))}</text>',
        f'<text class="name" transform="{turned}">{name}</text>',
    ]
