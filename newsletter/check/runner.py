"""The checker: reads an issue, applies all rules to it, and sorts the problems by their lines."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from newsletter.check import ignore_comments
from newsletter.check.apply_rules import apply_rules
from newsletter.check.ignore_comments import IgnoreComments, IgnoreUse, find_ignore_comments, unknown_rule
from newsletter.check.rule import Looked, Rules, Subject
from newsletter.check.rules import issue, publication, reading
from newsletter.check.rules.issue.checked_issue import CheckedIssue
from newsletter.check.rules.reading import ReadProblems
from newsletter.documents.source import read_source
from newsletter.errors import (
    AccessError,
    CampaignError,
    DocumentError,
    FetchError,
    LayoutError,
    NewsletterError,
    Problem,
    Severity,
    TemplateError,
)
from newsletter.issue.draft_document import DraftDocument, draft_of
from newsletter.issue.issue_file import IssueDocument, issue_of
from newsletter.publication.campaign_parameters import Output
from newsletter.render.renderer import Renderer

if TYPE_CHECKING:
    from newsletter.check.rules.email.rendered_email import RenderedEmail
    from newsletter.check.rules.message.finished_message import FinishedMessage
    from newsletter.check.spamassassin import AskSpam
    from newsletter.http.http_response import HttpResponse

# What is looked at unless the author names some of it.
OFFLINE = (Subject.ISSUE, Subject.EMAIL, Subject.MEDIUM)


@dataclass(frozen=True)
class CheckResult:
    """The result of checking a file.

    Args:
        name: the file.
        entries: the number of its entries.
        problems: what the rules found, in the order of lines.
        failure: why the issue could not be rendered, so that rules on outputs were not applied; or None.
    """

    name: str
    entries: int
    problems: tuple[Problem, ...]
    failure: NewsletterError | None = None


# Requests URLs; returns the response by URL, or the error.
Ask = Callable[[list[str]], "Mapping[str, HttpResponse | FetchError]"]


class Checker:
    """Checks the issues of a publication.

    Args:
        renderer: renders the issues for rules on outputs.
        subjects: what rules look at; the message is checked with the email.
        ask: requests the URLs of an issue; without it, rules on the network are not applied.
        ask_spam: asks SpamAssassin; without it, rules on its score are not applied.
    """

    def __init__(
        self,
        renderer: Renderer,
        subjects: tuple[Subject, ...] = OFFLINE,
        ask: Ask | None = None,
        ask_spam: "AskSpam | None" = None,
    ) -> None:
        self.renderer = renderer
        self.workspace = renderer.workspace
        self.subjects = subjects
        self.ask = ask
        self.ask_spam = ask_spam
        self.ignored = self.workspace.publication.checks.ignore
        if self.ignored:
            self._require_known()

    def _require_known(self) -> None:
        from newsletter.check.registry import rules_by_id

        unknown = [(at, name) for at, name in enumerate(self.ignored) if name not in rules_by_id()]
        if unknown:
            raise DocumentError(
                self.workspace.document.problem(("checks", "ignore", at), *unknown_rule(name, rules_by_id()))
                for at, name in unknown
            )

    def publication(self) -> CheckResult:
        """Check `newsletter.yaml`."""
        document = self.workspace.document
        comments = find_ignore_comments(document)
        found = list(apply_rules(publication.rules, document, document, self.ignored, comments))
        found += _problems_of(ReadProblems(images=self.renderer.own_image_problems()))
        found += self._useless(comments, set(publication.rules.rules))
        return CheckResult(document.source.name, 0, _in_order(found))

    def issue(self, name: str | None) -> CheckResult:
        """Check an issue by slug, number or path, or the newest one. It may be incomplete.

        Raises:
            NotFoundError, AccessError, SlugError: no such file, one that cannot be read, or no issue's name.
        """
        try:
            path = self.workspace.find(name)
            source = read_source(path)
            draft = draft_of(source, path)
        except DocumentError as error:
            return CheckResult(error.problems[0].file, 0, reading_problems(error))
        faults: tuple[Problem, ...] = ()
        document: IssueDocument | None = None
        try:
            document = issue_of(source, draft.root, draft.slug, path)
            self.workspace.labels(document)
        except DocumentError as error:
            faults = error.problems
        comments = find_ignore_comments(draft)
        looked: set[str] = set()
        found: list[Problem] = []
        failure: NewsletterError | None = None
        try:
            for rules, problems in self._found(draft, document if not faults else None, comments):
                looked |= rules.rules.keys()
                found += problems
        except (TemplateError, LayoutError, CampaignError, AccessError) as error:
            failure = error
        # A rule that finds the same error has a better message.
        found_by_rules = {problem.path for problem in found if problem.severity is Severity.ERROR}
        images = self.renderer.image_problems(document) if document else ()
        found += _problems_of(
            ReadProblems(tuple(fault for fault in faults if fault.path not in found_by_rules), images)
        )
        found += self._useless(comments, looked)
        return CheckResult(source.name, sum(1 for _ in draft.draft.entries()), _in_order(found), failure)

    def _found(
        self, draft: DraftDocument, document: IssueDocument | None, comments: IgnoreComments
    ) -> Iterator[tuple[Rules[Any], list[Problem]]]:
        """Apply each set of rules; rules on outputs are applied only where the issue is complete."""

        def by(rules: Rules[Looked], looked: Looked) -> tuple[Rules[Any], list[Problem]]:
            # Whether https would do is known where the network is asked.
            ignored = (*self.ignored, "http-link") if self.ask else self.ignored
            return rules, list(apply_rules(rules, looked, draft, ignored, comments))

        # Each set of rules brings what only it needs.
        if self.ask or Subject.ISSUE in self.subjects:
            checked = CheckedIssue(draft, self.workspace.publication, self.workspace.index)
        if Subject.ISSUE in self.subjects:
            yield from (by(rules, checked) for rules in issue.SETS)
        if self.ask:
            from newsletter.check.rules import network
            from newsletter.check.rules.network.url_answers import UrlAnswers, addresses_of, to_ask

            addresses = addresses_of(checked)
            answers = UrlAnswers(addresses, self.ask(to_ask(addresses)))
            yield from (by(rules, answers) for rules in network.SETS)
        if document is None or self.renderer.image_problems(document) or self.renderer.own_image_problems():
            return
        if Subject.EMAIL in self.subjects:
            from newsletter.check.rules import email
            from newsletter.check.rules.email.rendered_email import render_for_rules

            rendered = render_for_rules(self.renderer, document)
            yield from (by(rules, rendered) for rules in email.SETS)
            yield from (by(rules, finished) for rules, finished in self._message(document, rendered))
        if Subject.MEDIUM in self.subjects:
            from newsletter.check.rules import medium
            from newsletter.check.rules.medium.checked_story import MediumStory

            story = MediumStory(document, self.renderer.view(document, Output.MEDIUM))
            yield from (by(rules, story) for rules in medium.SETS)

    def _message(
        self, document: IssueDocument, rendered: "RenderedEmail"
    ) -> "Iterator[tuple[Rules[FinishedMessage], FinishedMessage]]":
        """The finished message to an example recipient, for each set of rules that looks at it."""
        from newsletter.check.rules import message
        from newsletter.check.rules.message.finished_message import FinishedMessage
        from newsletter.check.rules.message.spam_score import rules as spam_rules
        from newsletter.mail.issue_mail import EXAMPLE, head_of
        from newsletter.mail.message import compose

        head = head_of(self.workspace.publication, document, datetime.now(UTC))
        prepared = compose(rendered.html, rendered.text, head, [b"an example"])
        content = prepared.to(EXAMPLE).content
        verdict = self.ask_spam(document.slug, prepared.digest, content) if self.ask_spam else None
        finished = FinishedMessage(content, verdict)
        return ((rules, finished) for rules in message.SETS if verdict or rules is not spam_rules)

    def _useless(self, comments: IgnoreComments, looked: set[str]) -> Iterator[Problem]:
        if not comments.comments:
            return iter(())
        from newsletter.check.registry import rules_by_id

        known = IgnoreUse(comments, rules_by_id(), looked - set(self.ignored))
        return apply_rules(ignore_comments.rules, known, comments.document, self.ignored)


def reading_problems(error: DocumentError) -> tuple[Problem, ...]:
    """Return the problems of a file that cannot be read."""
    return _in_order(_problems_of(ReadProblems(error.problems)))


def _problems_of(found: ReadProblems) -> Iterator[Problem]:
    """Yield the problems found while reading, with the ids of their rules."""
    for rule in reading.rules:
        yield from (replace(problem, rule=rule.id) for problem in rule.find(found) if isinstance(problem, Problem))


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column)))
