"""Rendering in a warm process: an issue of 20 entries, and where the time goes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.clock import in_turns
from benchmarks.figures import Figure
from benchmarks.sample import write_publication
from benchmarks.stages import Recorded, recorded
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace

ENTRIES = 20
ROUNDS = 40
MEDIUM = (Format.MEDIUM, Format.STORY, Format.MEDIUM_JSON)
COUNTED = "counts hashing the images, Markdown, views, templates and warnings; each repetition is another issue"
PEERS = "mjml2html and Premailer.transform, text in and text out, on other issues of the same kind"
OUTPUTS = {
    "all": tuple(Format),
    "email": (Format.EMAIL,),
    "text": (Format.TEXT,),
    "medium": MEDIUM,
    "medium.md": (Format.MEDIUM,),
    "nothing": (),
}


def measure() -> Iterator[Figure]:
    """Every output, each alone, reading, and the libraries' own work, in turns in one process."""
    with TemporaryDirectory() as name:
        # No issue is rendered twice, by whatever job, so that no cache of what an issue says can help.
        runs = ROUNDS + 1
        slugs = write_publication(Path(name), runs * (len(OUTPUTS) + 1), ENTRIES)
        renderer = Renderer(Workspace(Path(name)))
        renderer.render(renderer.workspace.issue(slugs[0]), ())
        renderer.images.write()
        shares = [slugs[start : start + runs] for start in range(0, len(slugs), runs)]
        records = [recorded(renderer, slug) for slug in shares[-1]]
        yield from _figures(renderer, dict(zip(OUTPUTS, shares, strict=False)), records)


def _figures(renderer: Renderer, slugs: dict[str, list[str]], records: list[Recorded]) -> Iterator[Figure]:
    documents = {output: [renderer.workspace.issue(slug) for slug in share] for output, share in slugs.items()}

    def render_all(output: str) -> Callable[[int], object]:
        return lambda number: renderer.render(documents[output][number], OUTPUTS[output])

    times = in_turns(
        {output: render_all(output) for output in OUTPUTS}
        | {
            "read": lambda number: renderer.workspace.issue(slugs["all"][number]),
            "mjml": lambda number: records[number].lay_out(),
            "premailer": lambda number: records[number].inline(),
        },
        ROUNDS,
    )
    best = {name: min(found) * 1000 for name, found in times.items()}
    yield Figure("20 entries to all five files", best["all"], "ms", 15, COUNTED)
    yield Figure("the same, the median of all repetitions", median(times["all"]) * 1000, "ms")
    libraries = best["mjml"] + best["premailer"]
    yield Figure("the email alone / mjml-python and premailer alone", best["email"] / libraries, "x", 3, PEERS)
    yield Figure("email.html alone", best["email"], "ms")
    yield Figure("mjml-python on the filled layout", best["mjml"], "ms")
    yield Figure("premailer on the page, with newsletter's settings", best["premailer"], "ms")
    yield Figure("email.txt alone", best["text"], "ms")
    yield Figure("medium.md, medium.html and medium.json", best["medium"], "ms")
    yield Figure("medium.md alone", best["medium.md"], "ms")
    yield Figure("no file: pictures and warnings, which each of these counts too", best["nothing"], "ms")
    yield Figure("reading and checking the YAML file, which none of these counts", best["read"], "ms")
