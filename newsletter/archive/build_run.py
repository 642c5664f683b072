"""Runs a build: renders the issues, then the pages that list them, then moves all files into place."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from newsletter.archive import feeds
from newsletter.archive.build_cache import BuildCache
from newsletter.archive.build_report import BuildOptions, BuildReport, BuildStage, Progress
from newsletter.archive.collection_pages import CollectionPages
from newsletter.archive.encode_images import ImageEncoder
from newsletter.archive.file_moves import staged_file
from newsletter.archive.issue_files import IssueFiles
from newsletter.archive.issue_pages import IssuePages, IssueTask, StagedIssue
from newsletter.archive.output_folder import OutputFolder, file_digest, stage, stage_copy
from newsletter.archive.page_view import Tag
from newsletter.archive.plan import PlannedIssue, plan_issues, with_neighbours
from newsletter.archive.records import SHAPE, IssueRecord, entries_digest, record_of
from newsletter.archive.search_index import FOLDER, IndexBuild
from newsletter.archive.sources import ArchiveSources, slugs_of
from newsletter.archive.stage_pages import list_images, stage_issue, stage_page, stage_tag
from newsletter.archive.tag_pages import TagPage, page_key, page_path, tag_batches
from newsletter.archive.tags import FoundTag, find_tags
from newsletter.archive.workers import Workers
from newsletter.errors import NewsletterError
from newsletter.text.digests import values_hex
from newsletter.workspace.workspace import Workspace


@dataclass
class BuildRun:
    """One build.

    Args:
        root: The publication's folder.
        target: The output folder.
        state: The cache of the last build.
        sources: The digests of everything that the build reads.
        changed: The files of the last build that were changed or deleted since.
        options: The options of the build.
        progress: Called for each encoded image and each rendered issue.
        errors: The errors of issues.
        entries: The tagged entries of each issue by its slug, as JSON, as far as they are known.
        new: The SHA-256 of each staged file by its path.
        kept: The SHA-256 of each file that stays in the archive by its path.
    """

    root: Path
    target: OutputFolder
    state: BuildCache
    sources: ArchiveSources
    changed: set[str]
    options: BuildOptions
    progress: Progress
    errors: list[NewsletterError] = field(default_factory=list)
    entries: dict[str, str] = field(default_factory=dict)
    new: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    def run(self) -> BuildReport:
        """Render what has changed, and publish it.

        Raises:
            NewsletterError: The publication, a template or a file prevents the build.
        """
        saved = self.state.issues()
        records, keys, self.tags = _read_saved(saved)
        self.entries_key_before = entries_digest(records.values())
        self.intact = {path: stamp[2] for path, stamp in self.state.files.items() if path not in self.changed}
        assets = frozenset(path.removeprefix("assets/") for path in self.intact if path.startswith("assets/"))
        workspace = Workspace(self.root)
        files = IssueFiles(workspace.issues_folder, self.options.as_published)
        self.pages = IssuePages(workspace, assets, files)
        # The title and date of an issue on other pages also depend on the publication and its labels.
        self.base_unchanged = saved.get("base") == self.sources.base
        by_file = {record.file: record for record in records.values() if self.base_unchanged}
        self.encoder = ImageEncoder(self.state.folder / "images", self.pages.pictures)
        with self.target.staging() as staged:
            with Workers(self.pages, self._count_changed(by_file)) as self.workers:
                self.plan = plan_issues(self.workers, self.sources.issues, by_file, drafts=self.options.drafts)
                self.errors = self.plan.errors
                if self.errors and not self.options.keep_going:
                    return self._report_failure()
                made = self._render_issues(self.plan.issues, records, staged)
                if made is None or (self.errors and not made):
                    return self._report_failure()
                made.reverse()
                new_keys = self._stage_collections(made, keys, staged)
            # The workers have ended and left their memory to Pagefind.
            if self.pages.publication.site.search and made:
                new_keys[FOLDER] = self._stage_search_index(made, keys, staged)
            else:
                shutil.rmtree(self._search_cache, ignore_errors=True)
            removed, left = self.target.publish(staged, self.new, self.kept, self.intact)
        self._save(made, new_keys)
        self.encoder.remove()
        return BuildReport(
            issues=len(made),
            written=len(self.new),
            removed=removed,
            faults=tuple(self.errors),
            left=tuple(left),
            drafts=self.plan.drafts,
            names=slugs_of(self.sources.issues) | self.plan.aliases,
        )

    def _count_changed(self, known: Mapping[str, IssueRecord]) -> int:
        """Return the number of issues that are new or changed."""
        return sum(name not in known or known[name].digest != content for name, content in self.sources.issues.items())

    def _report_failure(self) -> BuildReport:
        return BuildReport(len(self.plan.issues), published=False, faults=tuple(self.errors))

    def _render_issues(
        self, issues: list[PlannedIssue], records: dict[str, IssueRecord], staged: Path
    ) -> list[IssueRecord] | None:
        """Return the records of all issues, oldest first, and stage their new files.

        An issue that is left out changes the neighbours of other issues, so these are rendered again.

        Returns:
            The records, or None if an issue failed and the build stops.
        """
        made: dict[tuple[str, str], StagedIssue] = {}
        while True:
            current: dict[str, IssueRecord] = {}
            tasks = []
            in_feeds = {issue.slug for issue in [issue for issue in issues if not issue.row.draft][-feeds.MAX_ITEMS :]}
            for earlier, issue, later in with_neighbours(issues):
                key = values_hex(self.sources.base, issue.digest, earlier, later)
                record, result = records.get(issue.slug), made.get((issue.slug, key))
                if (
                    record
                    and record.key == key
                    and self._is_current(record)
                    and (record.content or issue.slug not in in_feeds)
                ):
                    current[issue.slug] = record
                elif result and (result.record.content or issue.slug not in in_feeds):
                    current[issue.slug] = result.record
                else:
                    card = record.card if record and record.card_path in self.intact else ""
                    pictured, feeding = issue.illustrated, issue.slug in in_feeds
                    tasks.append(IssueTask(issue.path, issue.digest, key, earlier, later, feeding, card, pictured))
            failed = self._run_tasks(tasks, staged, made, current)
            if failed and not self.options.keep_going:
                return None
            if not failed:
                break
            issues = [issue for issue in issues if issue.slug not in failed]
        # An issue that was rendered twice staged its assets the first time.
        files = [result.files for result in made.values()]
        assets = {path: content for each in files for path, content in each.items() if path.startswith("assets/")}
        assets |= {f"assets/{name}": content for name, content in self.encoder.digests.items()}
        for record in current.values():
            result = made.get((record.slug, record.key))
            own = result.files if result else {}
            for path in record.outputs:
                if content := own.get(path) or assets.get(path):
                    self._add(path, content)
                else:
                    self._keep(path)
        ordered = [current[issue.slug] for issue in issues]
        return [record if record.slug in in_feeds else replace(record, content="") for record in ordered]

    def _run_tasks(
        self,
        tasks: Sequence[IssueTask],
        staged: Path,
        made: dict[tuple[str, str], StagedIssue],
        current: dict[str, IssueRecord],
    ) -> set[str]:
        """Render issues. Returns the slugs of those that failed."""
        failed = set()
        tasks = self._stage_images(tasks, staged)
        results = self.workers.map(partial(stage_issue, staged), tasks)
        for number, (task, result) in enumerate(zip(tasks, results, strict=True), 1):
            self.progress(BuildStage.ISSUES, number, len(tasks))
            slug = task.path.stem
            if isinstance(result, StagedIssue):
                images_digest = self._digest_images(result.record)
                record = replace(result.record, images_digest=images_digest) if images_digest else result.record
                made[slug, task.key] = StagedIssue(record, result.entries, result.files)
                self.entries[slug] = result.entries
                current[slug] = record
            else:
                self.errors.append(result)
                failed.add(slug)
        return failed

    def _stage_images(self, tasks: Sequence[IssueTask], staged: Path) -> list[IssueTask]:
        """Encode and stage the new images of issues. Returns the tasks with their names."""
        illustrated = [task.path for task in tasks if task.illustrated]
        shown = dict(zip(illustrated, self.workers.map(list_images, illustrated), strict=True))
        files = list(dict.fromkeys(file for some in shown.values() for file in some))
        found = self.encoder.encode(files, partial(self.progress, BuildStage.IMAGES)) if files else {}
        for name in {name for names in found.values() for name in names}:
            stage_copy(staged, f"assets/{name}", self.encoder.folder / name)
        return [
            replace(task, images=tuple(name for file in shown.get(task.path, ()) for name in found.get(file, ())))
            for task in tasks
        ]

    def _is_current(self, record: IssueRecord) -> bool:
        """Return True if the images of an issue are unchanged, and its files are in the output folder."""
        return record.images_digest == self._digest_images(record) and all(
            path in self.intact for path in record.outputs
        )

    def _digest_images(self, record: IssueRecord) -> str:
        images = [(path, self.sources.images.digest(path)) for path in record.images]
        return values_hex(images) if images else ""

    def _stage_collections(self, records: Sequence[IssueRecord], known: dict[str, str], staged: Path) -> dict[str, str]:
        """Stage the changed pages that list issues. Returns the cache key of each file."""
        self.pages.pictures.add_names(name for record in records for name in record.assets)
        for name in self.pages.own_assets:
            if name in self.pages.own_new:
                self._add(f"assets/{name}", stage(staged, f"assets/{name}", self.pages.own_new[name]))
            self._keep(f"assets/{name}")
        tags, keys = self._find_tags(records, known)
        files = list(CollectionPages(self.pages, records, self.tags, self.sources.base).files())
        keys |= {file.path: file.key for file in files}
        due = {path for path, key in keys.items() if known.get(path) != key or path not in self.intact}
        for path in keys.keys() - due:
            self._keep(path)
        rows = {record.slug: record.row for record in records}
        batches = tag_batches([found for found in tags if page_path(found.tag) in due], rows, self.entries)
        work = partial(stage_tag, staged)
        # Workers begin with the first tag pages while this process renders the other files.
        batch = next(batches)
        made = self.workers.map(work, batch)
        for file in files:
            if file.path in due:
                self._add(file.path, stage_page(staged, file.path, file.make))
        self._add_tag_pages(batch, made)
        for batch in batches:
            self._add_tag_pages(batch, self.workers.map(work, batch))
        return keys

    def _add_tag_pages(self, pages: Sequence[TagPage], made: Iterable[str]) -> None:
        for page, content in zip(pages, made, strict=True):
            self._add(page.path, content)

    def _find_tags(
        self, records: Sequence[IssueRecord], known: dict[str, str]
    ) -> tuple[list[FoundTag], dict[str, str]]:
        """Return the tags whose pages may have changed, and the cache keys of all tag pages."""
        paths = {page_path(tag) for tag in self.tags}
        unchanged = self.base_unchanged and entries_digest(records) == self.entries_key_before
        if unchanged and all(path in self.intact and path in known for path in paths):
            return [], {path: known[path] for path in paths}
        saved = self.state.entries(self.entries_key_before)
        for record in records:
            if record.slug not in self.entries:
                kept = saved.get(record.slug)
                path = self.pages.workspace.issues_folder / record.file
                self.entries[record.slug] = self.pages.entries(path) if kept is None else kept
        found = find_tags(records, self.entries)
        self.tags = [each.tag for each in found]
        return found, {page_path(each.tag): page_key(each, self.sources.base) for each in found}

    def _stage_search_index(self, records: Sequence[IssueRecord], known: dict[str, str], staged: Path) -> str:
        """Stage the search index if the page of an issue has changed. Returns its cache key."""
        paths = [f"{record.slug}/index.html" for record in reversed(records)]
        digests = {path: self.new.get(path) or self.kept[path] for path in paths}
        key = values_hex(self.sources.base, list(digests.items()))
        old = {path: path in self.intact for path in self.state.files if path.startswith(f"{FOLDER}/")}
        if known.get(FOLDER) == key and all(old.values()):
            for path in old:
                self._keep(path)
            return key
        build = IndexBuild(
            {path: staged_file(staged, path) if path in self.new else self.target.folder / path for path in paths},
            {path: values_hex(self.sources.base, content) for path, content in digests.items()},
            self.pages.publication.language,
            self._search_cache,
            staged / "search-work",
            old,
            self.options.search_group,
        )
        build.run()
        for path in build.kept:
            self._keep(path)
        for path, file in sorted(build.new.items()):
            self._add(path, file_digest(file.replace(staged_file(staged, path))))
        shutil.rmtree(build.work)
        return key

    @property
    def _search_cache(self) -> Path:
        return self.state.folder / "search"

    def _add(self, path: str, content: str) -> None:
        """Add a staged file, given its SHA-256. An equal file in the output folder is not replaced."""
        if self.intact.get(path) == content:
            self.kept[path] = content
        else:
            self.new[path] = content

    def _keep(self, path: str) -> None:
        if path not in self.new:
            self.kept[path] = self.intact[path]

    def _save(self, records: Sequence[IssueRecord], keys: dict[str, str]) -> None:
        images = self.sources.images
        shown = sorted({*self.pages.own_files, *(path for record in records for path in record.images)})
        inputs = "" if self.errors else self.sources.digest(shown)
        stamps = self.target.stamps(self.new, self.state.files, self.kept)
        state = BuildCache(
            folder=self.state.folder,
            inputs=inputs,
            count=len(records),
            drafts=self.plan.drafts,
            aliases=sorted(self.plan.aliases),
            shown=shown,
            files=stamps,
        )
        state.images = {path: images.found[path] for path in shown if path in images.found}
        if all(record.slug in self.entries for record in records):
            state.save_entries(entries_digest(records), self.entries)
        issues = [record.as_json() for record in records]
        tags = [(tag.name, tag.slug, tag.count) for tag in self.tags]
        state.save({"shape": SHAPE, "base": self.sources.base, "keys": keys, "tags": tags, "issues": issues})


def _read_saved(saved: dict[str, Any]) -> tuple[dict[str, IssueRecord], dict[str, str], list[Tag]]:
    """Read what the last build saved: its records by slug, the cache key of each other file, and all tags."""
    if saved.get("shape") != SHAPE:
        return {}, {}, []
    records = [record_of(issue) for issue in saved["issues"]]
    return {record.slug: record for record in records}, saved["keys"], [Tag(*tag) for tag in saved["tags"]]
