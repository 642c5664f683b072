"""A cold `render all` of one issue: beside Python importing the libraries that it needs, and beside npm's mjml."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import NEWSLETTER, PYTHON, ROOT, cold_in_turns
from benchmarks.figures import Figure
from benchmarks.libraries import FLOOR, loaded_by_command, loaded_by_floor, packages
from benchmarks.npm import mjml_command
from benchmarks.stages import recorded
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace

ISSUE = "029"
ROUNDS = 11
VERSUS_NPM = "render all 029 / npm mjml on the email's layout alone"


def measure() -> Iterator[Figure]:
    """The command, its libraries' imports and npm's mjml in turns; the assets are written before."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        commands = {
            "render": [NEWSLETTER, "render", "all", ISSUE, "-o", f"{folder}/"],
            "floor": [PYTHON, "-c", FLOOR],
        }
        layout = folder / "layout.mjml"
        layout.write_text(recorded(Renderer(Workspace(ROOT), build=folder), ISSUE).layout)
        npm, reason = mjml_command(layout, folder / "npm.html")
        if npm:
            commands["npm"] = npm
        best = cold_in_turns(commands, ROUNDS)
        own, floor = best["render"], best["floor"]
        yield Figure("render all 029 / importing its libraries", own.processor / floor.processor, "x", most=1.4)
        if npm:
            yield Figure(VERSUS_NPM, own.clock / best["npm"].clock, "x", most=1, note=f"on the clock; {reason}")
        else:
            yield Figure(VERSUS_NPM, note=reason)
        yield Figure("newsletter render all 029", own.clock * 1000, "ms", note="on the clock")
        yield Figure("importing its libraries", floor.clock * 1000, "ms", note="on the clock")
        if npm:
            yield Figure("npm mjml", best["npm"].clock * 1000, "ms", note="on the clock")
        yield from _honest(folder)


def _honest(folder: Path) -> Iterator[Figure]:
    """Whether the floor is what the command loads: neither more, nor much less."""
    floor, command = loaded_by_floor(), loaded_by_command("render", "all", ISSUE, "-o", f"{folder}/")
    more = floor - command
    yield Figure("control: modules that only the floor loads", len(more), "modules", note=_listed(more))
    beyond = packages(command) - packages(floor)
    yield Figure("control: packages that only the command loads", len(beyond), "packages", note=_listed(beyond))


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
