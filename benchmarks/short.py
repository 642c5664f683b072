"""Short commands on a small publication, each in a new process, compared with Python importing click."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import NEWSLETTER, PYTHON, Run, best_of, compile_program, time_command
from benchmarks.figures import Figure
from tests.loopback import page, serve_web
from tests.publications import ISSUE, write_publication

ROUNDS, MOST = 11, 4
BASELINE, PYDANTIC = "python -c 'import click'", "control: a Pydantic model with one field"
_MODEL = "import os; os.environ['PYDANTIC_DISABLE_PLUGINS'] = '1'\nfrom pydantic import BaseModel\n"
_MODEL += "class One(BaseModel):\n    one: int"


def measure() -> Iterator[Figure]:
    """Yield the processor time of each command, relative to `import click`. Commands run alternately.

    Two rounds that are not measured come first: what commands cache is cached. The pages are on loopback.
    """
    compile_program()
    runs: dict[str, list[Run]] = {}
    with TemporaryDirectory() as name, serve_web() as server:
        folder = write_publication(Path(name), _1=ISSUE, _2=_draft())
        for number in range(-2, ROUNDS):
            server.pages[f"/{number}"] = page(f"<title>A page {number}</title>")
            for title, command in _commands(folder, f"{server.url}/{number}", number).items():
                run = time_command(command)
                if number >= 0:
                    runs.setdefault(title, []).append(run)
            (folder / f"issues/next{number + 2}.yaml").unlink()
            (folder / "issues/2.yaml").write_text(_draft())
    click = best_of(runs.pop(BASELINE)).processor
    for title, found in runs.items():
        own = best_of(found).processor
        most = None if title == PYDANTIC else MOST
        yield Figure(f"{title} / {BASELINE}", own / click, "x", most, f"{own * 1000:.0f} ms of {click * 1000:.0f}")


def _draft() -> str:
    draft = ISSUE.replace("status: published", "status: draft").replace("number: 1", "number: 2")
    return draft.replace("Issue 1", "Issue 2").replace("2024-05-05", "2024-05-12").replace("/lenses", "/other")


def _commands(folder: Path, url: str, number: int) -> dict[str, list[str]]:
    own = [NEWSLETTER, "-C", str(folder)]
    return {
        BASELINE: [PYTHON, "-c", "import click"],
        PYDANTIC: [PYTHON, "-c", _MODEL],
        "list": [*own, "list"],
        "new-issue": [*own, "new-issue", f"next{number + 2}"],
        "check --only issue FILE": [*own, "check", "--only", "issue", "issues/1.yaml"],
        "add URL": [*own, "add", "--allow-private", "--issue", "2", url],
        "add --no-fetch URL": [*own, "add", "--no-fetch", "--issue", "2", f"https://example.org/page/{number}"],
    }
