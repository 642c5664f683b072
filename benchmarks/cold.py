"""A cold `render all` of one issue, compared with importing the libraries that it needs, and with npm's mjml."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import NEWSLETTER, PYTHON, ROOT, time_cold_starts
from benchmarks.figures import Figure
from benchmarks.libraries import IMPORTS, list_packages, loaded_by_command, loaded_by_imports
from benchmarks.npm import find_mjml
from benchmarks.stages import record_email
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace

ISSUE = "029"
ROUNDS = 11
VERSUS_NPM = "render all 029 / npm mjml, only the email's layout"


def measure() -> Iterator[Figure]:
    """Yield the times of the command, of importing its libraries, and of npm's mjml. The assets already exist."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        commands = {
            "render": [NEWSLETTER, "render", "all", ISSUE, "-o", f"{folder}/"],
            "imports": [PYTHON, "-c", IMPORTS],
        }
        layout = folder / "layout.mjml"
        layout.write_text(record_email(Renderer(Workspace(ROOT), build=folder), ISSUE).layout)
        npm, reason = find_mjml(layout, folder / "npm.html")
        if npm:
            commands["npm"] = npm
        best = time_cold_starts(commands, ROUNDS)
        own, imports = best["render"], best["imports"]
        yield Figure("render all 029 / importing its libraries", own.processor / imports.processor, "x", most=1.25)
        if npm:
            yield Figure(VERSUS_NPM, own.clock / best["npm"].clock, "x", most=0.85, note=f"wall-clock time; {reason}")
        else:
            yield Figure(VERSUS_NPM, note=reason)
        yield Figure("newsletter render all 029", own.clock * 1000, "ms", note="wall-clock time")
        yield Figure("importing its libraries", imports.clock * 1000, "ms", note="wall-clock time")
        if npm:
            yield Figure("npm mjml", best["npm"].clock * 1000, "ms", note="wall-clock time")
        yield from _compare_imports(folder)


def _compare_imports(folder: Path) -> Iterator[Figure]:
    """Compare the modules of the baseline with those that the command loads. They should be nearly the same."""
    baseline, command = loaded_by_imports(), loaded_by_command("render", "all", ISSUE, "-o", f"{folder}/")
    more = baseline - command
    yield Figure("control: modules that only the baseline loads", len(more), "modules", note=_join(list_packages(more)))
    beyond = list_packages(command) - list_packages(baseline)
    yield Figure("control: packages that only the command loads", len(beyond), "packages", note=_join(beyond))


def _join(names: set[str]) -> str:
    return ", ".join(sorted(names))
