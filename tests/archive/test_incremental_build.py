"""An incremental build gives the same bytes as a clean build, after any edits."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from PIL import Image

from newsletter.archive.build import build_archive
from newsletter.archive.build_report import BuildOptions
from tests.archive.test_build import files
from tests.publications import PUBLICATION, write_publication

pytestmark = pytest.mark.slow

SLUGS = ["1", "2", "3", "a-b"]
WORDS = st.sampled_from(["lens", "glass", "光学", "<b>{{x}}", "a & b", "Ünder"])
slugs = st.sampled_from(SLUGS)


class Edits(RuleBasedStateMachine):
    """Edits of a publication, incremental builds after some of them, and clean builds to compare with."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.root = write_publication(Path(self.folder.name))
        self.issues: dict[str, dict[str, str]] = {}
        self.site: dict[str, str] = {}
        self.aliases = 0
        self.add("1", "lens")

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(slug=slugs, word=WORDS)
    def add(self, slug: str, word: str) -> None:
        """Add or replace an issue."""
        day = 1 + SLUGS.index(slug)
        self.issues[slug] = {"title": word, "date": f"2024-05-{day:02}", "status": "published", "comment": word}

    @rule(slug=slugs)
    def remove(self, slug: str) -> None:
        """Remove an issue."""
        self.issues.pop(slug, None)

    @rule(slug=slugs, other=slugs)
    def rename(self, slug: str, other: str) -> None:
        """Give an issue another slug."""
        if slug in self.issues and other not in self.issues:
            self.issues[other] = self.issues.pop(slug)

    @rule(slug=slugs, field=st.sampled_from(["title", "comment", "entry"]), word=WORDS)
    def write(self, slug: str, field: str, word: str) -> None:
        """Change a text."""
        self.issues.get(slug, {})[field] = word

    @rule(slug=slugs, tag=st.sampled_from(["", "one", "two", "One"]))
    def tag(self, slug: str, tag: str) -> None:
        """Change a tag."""
        self.issues.get(slug, {})["tag"] = tag

    @rule(slug=slugs, number=st.integers(0, 2))
    def alias(self, slug: str, number: int) -> None:
        """Give an issue other aliases, which no other issue has, or none."""
        self.aliases += number
        self.issues.get(slug, {})["aliases"] = ", ".join(f"old-{self.aliases - n}" for n in range(number))

    @rule(slug=slugs, day=st.integers(1, 6))
    def date(self, slug: str, day: int) -> None:
        """Change the date, and with it the order of issues."""
        self.issues.get(slug, {})["date"] = f"2024-05-{day:02}"

    @rule(slug=slugs, status=st.sampled_from(["draft", "published"]))
    def status(self, slug: str, status: str) -> None:
        """Publish an issue, or make it a draft again."""
        self.issues.get(slug, {})["status"] = status

    @rule(slug=slugs, image=st.sampled_from(["", "a.png", "b.png"]))
    def image(self, slug: str, image: str) -> None:
        """Change or remove the image of an entry."""
        self.issues.get(slug, {})["image"] = image

    @rule(name=st.sampled_from(["a.png", "b.png"]), height=st.integers(1, 3))
    def paint(self, name: str, height: int) -> None:
        """Change an image file."""
        Image.new("RGB", (40, 10 * height)).save(self.root / "issues" / name)

    @rule(field=st.sampled_from(["tagline", "author", "about"]), word=WORDS)
    def publication(self, field: str, word: str) -> None:
        """Change the publication."""
        self.site[field] = word

    @rule(name=st.sampled_from(["The Weekly Lens", "lens"]), language=st.sampled_from(["en", "ja"]))
    def rename_publication(self, name: str, language: str) -> None:
        """Change the name and language of the publication, which affect the titles of issues on other pages."""
        self.site |= {"name": name, "language": language}

    @rule(text=st.sampled_from(["", '{% extends "web/page.html" %}{% block main %}x{% endblock %}']))
    def template(self, text: str) -> None:
        """Replace a template, or remove the replacement."""
        own = self.root / "templates/web/missing.html"
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(text) if text else own.unlink(missing_ok=True)

    @rule(name=st.sampled_from(["index.html", "1/index.html", "feed.xml", "assets"]))
    def delete_output(self, name: str) -> None:
        """Delete a part of the built archive."""
        path = self.root / "build/site" / name
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    @rule()
    def build(self) -> None:
        """Run an incremental build."""
        self._write()
        assert build_archive(self.root, self.root / "build/site", BuildOptions(), lambda *_: None).published

    @invariant()
    def same_as_clean(self) -> None:
        """An incremental build gives the same files as a clean build."""
        if not hasattr(self, "issues"):
            return
        self.build()
        with TemporaryDirectory() as clean:
            build_archive(self.root, Path(clean) / "site", BuildOptions(), lambda *_: None)
            assert files(self.root / "build/site") == files(Path(clean) / "site")

    def _write(self) -> None:
        known = PUBLICATION.replace("name: The Weekly Lens\n", "")
        site = {"name": "The Weekly Lens"} | self.site
        settings = "".join(f"{name}: {_quote(word)}\n" for name, word in site.items())
        off = "site: {search: false, cards: false}\n"
        write_publication(self.root, publication=known + off + settings)
        for path in (self.root / "issues").glob("*.yaml"):
            if path.stem not in self.issues:
                path.unlink()
        for slug, issue in self.issues.items():
            (self.root / "issues" / f"{slug}.yaml").write_text(self._issue(issue))

    def _issue(self, issue: dict[str, str]) -> str:
        lines = [
            f"title: {_quote(issue['title'])}",
            f"date: {issue['date']}",
            f"status: {issue['status']}",
            f"aliases: [{issue.get('aliases', '')}]",
            "sections:",
        ]
        lines += ["  papers:", f"    - title: {_quote(issue.get('entry', 'x'))}", "      url: https://example.com/a"]
        lines += [f"      comment: {_quote(issue['comment'])}"]
        if issue.get("tag"):
            lines.append(f"      tags: [{issue['tag']}]")
        if issue.get("image") and (self.root / "issues" / issue["image"]).exists():
            lines.append(f"      image: {issue['image']}")
        return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    return f'"{text}"'


TestEdits = Edits.TestCase
TestEdits.settings = settings(
    max_examples=12, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
)
