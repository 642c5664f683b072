"""A build of the archive that has something to do: issues first, then what gathers them, and then all is moved in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from newsletter.archive import feeds, search_index
from newsletter.archive.build_cache import State
from newsletter.archive.build_report import Choices, Progress, Report
from newsletter.archive.collection_pages import CollectionPages
from newsletter.archive.content_digest import digest
from newsletter.archive.file_moves import staged_file
from newsletter.archive.issue_pages import IssuePages, Made, Task
from newsletter.archive.output_folder import Output, file_digest, stage
from newsletter.archive.page_view import Tag
from newsletter.archive.plan import Lead, find_leads, with_neighbours
from newsletter.archive.records import SHAPE, Record, Stories, record_of, stories_of, told_by
from newsletter.archive.sources import Sources
from newsletter.archive.stage_pages import stage_issue, stage_page, stage_tag
from newsletter.archive.tag_pages import TagPage, page_path, tag_pages
from newsletter.archive.workers import Workers
from newsletter.errors import NewsletterError
from newsletter.workspace.workspace import Workspace


@dataclass
class Build:
    """One build. `changed` are files of the last one that are not as it left them."""

    root: Path
    target: Output
    state: State
    sources: Sources
    changed: set[str]
    choices: Choices
    progress: Progress
    faults: list[NewsletterError] = field(default_factory=list)
    stories: dict[str, Stories] = field(default_factory=dict)
    new: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    def run(self) -> Report:
        """Make what must be made, and publish it.

        Raises:
            NewsletterError: the publication, a template or a file stands in the way.
        """
        saved = self.state.issues()
        records, keys, self.tags = _remembered(saved)
        self.told_before = told_by(records.values())
        self.intact = {path: stamp[2] for path, stamp in self.state.files.items() if path not in self.changed}
        assets = frozenset(path.removeprefix("assets/") for path in self.intact if path.startswith("assets/"))
        self.pages = IssuePages(Workspace(self.root), assets)
        # How an issue is named depends on the publication and its labels, too.
        self.alike = saved.get("base") == self.sources.base
        by_file = {record.file: record for record in records.values() if self.alike}
        with Workers(self.pages, self._due(by_file)) as self.workers, self.target.staging() as staged:
            leads, self.faults = find_leads(self.workers, self.sources.issues, by_file, drafts=self.choices.drafts)
            if self.faults and not self.choices.keep_going:
                return self._refused(leads)
            made = self._issues(leads, records, staged)
            if made is None or (self.faults and not made):
                return self._refused(leads)
            made.reverse()
            keys = self._gathered(made, keys, staged)
            removed, left = self.target.publish(staged, self.new, self.kept, self.intact)
        self._save(made, keys)
        return Report(len(made), True, len(self.new), removed, tuple(self.faults), tuple(left))

    def _due(self, known: Mapping[str, Record]) -> int:
        """How many issues are new or changed, as far as it is known before they are read."""
        return sum(name not in known or known[name].digest != content for name, content in self.sources.issues.items())

    def _refused(self, leads: Sequence[Lead]) -> Report:
        return Report(len(leads), published=False, faults=tuple(self.faults))

    def _issues(self, leads: list[Lead], records: dict[str, Record], staged: Path) -> list[Record] | None:
        """The records of all issues, oldest first, their files staged where they are new; nothing where one failed.

        An issue that is left out gives others new neighbours, so that those are made again.
        """
        made: dict[tuple[str, str], Made] = {}
        while True:
            current: dict[str, Record] = {}
            tasks = []
            fed = {lead.slug for lead in [lead for lead in leads if not lead.row.draft][-feeds.COUNT :]}
            for earlier, lead, later in with_neighbours(leads):
                key = digest(self.sources.base, lead.digest, earlier, later)
                record, result = records.get(lead.slug), made.get((lead.slug, key))
                if record and record.key == key and self._stands(record) and (record.content or lead.slug not in fed):
                    current[lead.slug] = record
                elif result and (result.record.content or lead.slug not in fed):
                    current[lead.slug] = result.record
                else:
                    card = record.card if record and record.card_path in self.intact else ""
                    tasks.append(Task(lead.path, lead.digest, key, earlier, later, lead.slug in fed, card))
            failed = self._make(tasks, staged, made, current)
            if failed and not self.choices.keep_going:
                return None
            if not failed:
                break
            leads = [lead for lead in leads if lead.slug not in failed]
        # An issue that was made twice made its assets the first time.
        files = [result.files for result in made.values()]
        assets = {path: content for each in files for path, content in each.items() if path.startswith("assets/")}
        for record in current.values():
            result = made.get((record.slug, record.key))
            own = result.files if result else {}
            for path in record.outputs:
                if content := own.get(path) or assets.get(path):
                    self._add(path, content)
                else:
                    self._keep(path)
        ordered = [current[lead.slug] for lead in leads]
        return [record if record.slug in fed else replace(record, content="") for record in ordered]

    def _make(
        self,
        tasks: Sequence[Task],
        staged: Path,
        made: dict[tuple[str, str], Made],
        current: dict[str, Record],
    ) -> set[str]:
        """Make what is to be made; returns the slugs of those that failed."""
        failed = set()
        results = self.workers.map(partial(stage_issue, staged), tasks)
        for number, (task, result) in enumerate(zip(tasks, results, strict=True), 1):
            self.progress(number, len(tasks))
            slug = task.path.stem
            if isinstance(result, Made):
                seen = self._seen(result.record)
                record = replace(result.record, seen=seen) if seen else result.record
                made[slug, task.key] = Made(record, result.stories, result.files)
                self.stories[slug] = result.stories
                current[slug] = record
            else:
                self.faults.append(result)
                failed.add(slug)
        return failed

    def _stands(self, record: Record) -> bool:
        return record.seen == self._seen(record) and all(path in self.intact for path in record.outputs)

    def _seen(self, record: Record) -> str:
        images = [(path, self.sources.images.digest(path)) for path in record.images]
        return digest(images) if images else ""

    def _gathered(self, records: Sequence[Record], known: dict[str, str], staged: Path) -> dict[str, str]:
        """Stage what gathers issues, where it is new; returns the key of each file."""
        self.pages.pictures.learn(name for record in records for name in record.assets)
        for name in self.pages.own_assets:
            if name in self.pages.own_new:
                self._add(f"assets/{name}", stage(staged, f"assets/{name}", self.pages.own_new[name]))
            self._keep(f"assets/{name}")
        tags, keys = self._tag_pages(records, known)
        files = list(CollectionPages(self.pages, records, self.tags, self.sources.base).files())
        keys |= {file.path: file.key for file in files}
        due = {path for path, key in keys.items() if known.get(path) != key or path not in self.intact}
        for path in keys.keys() - due:
            self._keep(path)
        tags = [page for page in tags if page.path in due]
        made = self.workers.map(partial(stage_tag, staged), tags)
        for file in files:
            if file.path in due:
                self._add(file.path, stage_page(staged, file.path, file.make))
        for page, content in zip(tags, made, strict=True):
            self._add(page.path, content)
        if self.pages.publication.site.search and records:
            keys[search_index.FOLDER] = self._index(records, known, staged)
        return keys

    def _tag_pages(self, records: Sequence[Record], known: dict[str, str]) -> tuple[list[TagPage], dict[str, str]]:
        """The tags' pages that may have to be made, and the keys of all of them."""
        paths = {page_path(tag) for tag in self.tags}
        alike = self.alike and told_by(records) == self.told_before
        if alike and all(path in self.intact and path in known for path in paths):
            return [], {path: known[path] for path in paths}
        saved = self.state.stories(self.told_before)
        for record in records:
            if record.slug not in self.stories:
                kept = saved.get(record.slug)
                path = self.pages.workspace.issues_folder / record.file
                self.stories[record.slug] = self.pages.stories(path) if kept is None else stories_of(kept)
        pages = tag_pages(records, self.stories, self.sources.base)
        self.tags = [page.tag for page in pages]
        return pages, {page.path: page.key for page in pages}

    def _index(self, records: Sequence[Record], known: dict[str, str], staged: Path) -> str:
        """Stage the search's index, where a page that it holds is new."""
        paths = [f"{record.slug}/index.html" for record in records]
        key = digest(self.sources.base, [(path, self.new.get(path) or self.kept[path]) for path in paths])
        old = [path for path in self.state.files if path.startswith(f"{search_index.FOLDER}/")]
        if known.get(search_index.FOLDER) == key and all(path in self.intact for path in old):
            for path in old:
                self._keep(path)
            return key
        pages = {path: staged_file(staged, path) if path in self.new else self.target.folder / path for path in paths}
        index = staged / "index"
        search_index.write_index(pages, self.pages.publication.language, staged / "corpus", index)
        for file in sorted(path for path in index.rglob("*") if path.is_file()):
            path = f"{search_index.FOLDER}/{file.relative_to(index).as_posix()}"
            self._add(path, file_digest(file.replace(staged_file(staged, path))))
        return key

    def _add(self, path: str, content: str) -> None:
        """A staged file, with its SHA-256; where the same bytes are there already, they stay."""
        if self.intact.get(path) == content:
            self.kept[path] = content
        else:
            self.new[path] = content

    def _keep(self, path: str) -> None:
        if path not in self.new:
            self.kept[path] = self.intact[path]

    def _save(self, records: Sequence[Record], keys: dict[str, str]) -> None:
        images = self.sources.images
        shown = sorted({*self.pages.own_files, *(path for record in records for path in record.images)})
        inputs = "" if self.faults else self.sources.digest(shown)
        stamps = self.target.stamps(self.new, self.state.files, self.kept)
        state = State(self.state.folder, inputs, len(records), shown, {}, stamps)
        state.images = {path: images.found[path] for path in shown if path in images.found}
        if all(record.slug in self.stories for record in records):
            state.save_stories(told_by(records), self.stories)
        issues = [record.as_json() for record in records]
        tags = [(tag.name, tag.slug, tag.count) for tag in self.tags]
        state.save({"shape": SHAPE, "base": self.sources.base, "keys": keys, "tags": tags, "issues": issues})


def _remembered(saved: dict[str, Any]) -> tuple[dict[str, Record], dict[str, str], list[Tag]]:
    """What the last build kept: its records by their slugs, the key of each other file, and all tags."""
    if saved.get("shape") != SHAPE:
        return {}, {}, []
    records = [record_of(issue) for issue in saved["issues"]]
    return {record.slug: record for record in records}, saved["keys"], [Tag(*tag) for tag in saved["tags"]]
