"""Rendering an issue of 20 entries in a warm process, by output, compared with the libraries alone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.clock import time_in_turns
from benchmarks.figures import Figure
from benchmarks.sample import write_publication
from benchmarks.stages import RecordedEmail, record_email
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace

ENTRIES = 20
ROUNDS = 40
MEDIUM = (Format.MEDIUM, Format.STORY, Format.MEDIUM_JSON)
COUNTED = "includes hashing images, Markdown, views, templates and warnings; each repetition uses another issue"
LIBRARIES = "mjml2html and Premailer.transform with the same kind of issue"
OUTPUTS = {
    "all": tuple(Format),
    "email": (Format.EMAIL,),
    "text": (Format.TEXT,),
    "medium": MEDIUM,
    "medium.md": (Format.MEDIUM,),
    "nothing": (),
}


def measure() -> Iterator[Figure]:
    """Yield the times of each output, of reading, and of the libraries alone, which run alternately in one process."""
    with TemporaryDirectory() as name:
        # Each issue is rendered only once, so that no cache of its content makes a difference.
        runs = ROUNDS + 1
        slugs = write_publication(Path(name), runs * (len(OUTPUTS) + 1), ENTRIES)
        renderer = Renderer(Workspace(Path(name)))
        renderer.render(renderer.workspace.issue(slugs[0]), ())
        renderer.images.write()
        shares = [slugs[start : start + runs] for start in range(0, len(slugs), runs)]
        records = [record_email(renderer, slug) for slug in shares[-1]]
        yield from _figures(renderer, dict(zip(OUTPUTS, shares, strict=False)), records)


def _figures(renderer: Renderer, slugs: dict[str, list[str]], records: list[RecordedEmail]) -> Iterator[Figure]:
    documents = {output: [renderer.workspace.issue(slug) for slug in share] for output, share in slugs.items()}

    def render_all(output: str) -> Callable[[int], object]:
        return lambda number: renderer.render(documents[output][number], OUTPUTS[output])

    times = time_in_turns(
        {output: render_all(output) for output in OUTPUTS}
        | {
            "read": lambda number: renderer.workspace.issue(slugs["all"][number]),
            "mjml": lambda number: records[number].render_layout(),
            "premailer": lambda number: records[number].inline(),
        },
        ROUNDS,
    )
    best = {name: min(found) * 1000 for name, found in times.items()}
    yield Figure("20 entries to all five files", best["all"], "ms", 15, COUNTED)
    yield Figure("20 entries to all five files, median", median(times["all"]) * 1000, "ms")
    libraries = best["mjml"] + best["premailer"]
    yield Figure("email.html / mjml-python and premailer alone", best["email"] / libraries, "x", 3, LIBRARIES)
    yield Figure("email.html", best["email"], "ms")
    yield Figure("mjml-python alone, filled layout", best["mjml"], "ms")
    yield Figure("premailer alone, newsletter's settings", best["premailer"], "ms")
    yield Figure("email.txt", best["text"], "ms")
    yield Figure("medium.md, medium.html and medium.json", best["medium"], "ms")
    yield Figure("medium.md", best["medium.md"], "ms")
    yield Figure("no file: images and warnings, included in each of these", best["nothing"], "ms")
    yield Figure("reading and validating the YAML file, not included", best["read"], "ms")
