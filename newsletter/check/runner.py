"""The checker: reads an issue, lets every rule look at it, and says what they found, in the order of its lines."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from newsletter.check import silence
from newsletter.check.apply_rules import problems_found
from newsletter.check.rule import Looked, Rules, Subject
from newsletter.check.rules import issue, publication, reading
from newsletter.check.rules.issue.checked_issue import Proof
from newsletter.check.rules.reading import Reading
from newsletter.check.silence import Silenced, Silences, silences_in, unknown_rule
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
    from newsletter.http.answer import Answer

# What is looked at unless the author names some of it.
OFFLINE = (Subject.ISSUE, Subject.EMAIL, Subject.MEDIUM)


@dataclass(frozen=True)
class Checked:
    """A file that was checked: its name, how many entries it has, and what was found in it.

    `failure` is why it could not be rendered, so that no rule looked at its email or its story.
    """

    name: str
    entries: int
    problems: tuple[Problem, ...]
    failure: NewsletterError | None = None


# Asks for URLs, and says by URL what each answered, or why none came.
Ask = Callable[[list[str]], "Mapping[str, Answer | FetchError]"]


class Checker:
    """Checks the issues of a publication; `subjects` are what its rules look at.

    `ask` asks the network, and `ask_spam` SpamAssassin; the message is looked at with the email.
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
        from newsletter.check.registry import catalogue

        unknown = [(at, name) for at, name in enumerate(self.ignored) if name not in catalogue()]
        if unknown:
            raise DocumentError(
                self.workspace.document.problem(("checks", "ignore", at), *unknown_rule(name, catalogue()))
                for at, name in unknown
            )

    def publication(self) -> Checked:
        """What is to be said of `newsletter.yaml`."""
        document = self.workspace.document
        silences = silences_in(document)
        found = list(problems_found(publication.rules, document, document, self.ignored, silences))
        found += _told(Reading(images=self.renderer.own_image_problems()))
        found += self._useless(silences, set(publication.rules.rules))
        return Checked(document.source.name, 0, _in_order(found))

    def issue(self, name: str | None) -> Checked:
        """What is to be said of an issue, by slug, number or path, whether or not it is complete; or of the newest.

        Raises:
            NotFoundError, AccessError, SlugError: no such file, one that cannot be read, or no issue's name.
        """
        try:
            path = self.workspace.find(name)
            source = read_source(path)
            draft = draft_of(source, path)
        except DocumentError as error:
            return Checked(error.problems[0].file, 0, unreadable(error))
        faults: tuple[Problem, ...] = ()
        document: IssueDocument | None = None
        try:
            document = issue_of(source, draft.root, draft.slug, path)
            self.workspace.labels(document)
        except DocumentError as error:
            faults = error.problems
        silences = silences_in(draft)
        looked: set[str] = set()
        found: list[Problem] = []
        failure: NewsletterError | None = None
        try:
            for rules, problems in self._found(draft, document if not faults else None, silences):
                looked |= rules.rules.keys()
                found += problems
        except (TemplateError, LayoutError, CampaignError, AccessError) as error:
            failure = error
        # A rule that found a fault of the schema says it better.
        said = {problem.path for problem in found if problem.severity is Severity.ERROR}
        images = self.renderer.image_problems(document) if document else ()
        found += _told(Reading(tuple(fault for fault in faults if fault.path not in said), images))
        found += self._useless(silences, looked)
        return Checked(source.name, sum(1 for _ in draft.draft.entries()), _in_order(found), failure)

    def _found(
        self, draft: DraftDocument, document: IssueDocument | None, silences: Silences
    ) -> Iterator[tuple[Rules[Any], list[Problem]]]:
        """What each set of rules finds; those on what is rendered look where the issue is complete."""

        def by(rules: Rules[Looked], looked: Looked) -> tuple[Rules[Any], list[Problem]]:
            # Whether https would do is known where the network is asked.
            ignored = (*self.ignored, "http-link") if self.ask else self.ignored
            return rules, list(problems_found(rules, looked, draft, ignored, silences))

        # Each set of rules brings what only it needs.
        if self.ask or Subject.ISSUE in self.subjects:
            proof = Proof(draft, self.workspace.publication, self.workspace.index)
        if Subject.ISSUE in self.subjects:
            yield from (by(rules, proof) for rules in issue.SETS)
        if self.ask:
            from newsletter.check.rules import network
            from newsletter.check.rules.network.url_answers import Answers, addresses_of, to_ask

            addresses = addresses_of(proof)
            answers = Answers(addresses, self.ask(to_ask(addresses)))
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
        letter = compose(rendered.html, rendered.text, head, [b"an example"])
        content = letter.to(EXAMPLE).content
        verdict = self.ask_spam(document.slug, letter.digest, content) if self.ask_spam else None
        finished = FinishedMessage(content, verdict)
        return ((rules, finished) for rules in message.SETS if verdict or rules is not spam_rules)

    def _useless(self, silences: Silences, looked: set[str]) -> Iterator[Problem]:
        if not silences.wishes:
            return iter(())
        from newsletter.check.registry import catalogue

        known = Silenced(silences, catalogue(), looked - set(self.ignored))
        return problems_found(silence.rules, known, silences.document, self.ignored)


def unreadable(error: DocumentError) -> tuple[Problem, ...]:
    """What keeps a file from being read, as findings."""
    return _in_order(_told(Reading(error.problems)))


def _told(found: Reading) -> Iterator[Problem]:
    """What reading found, with the ids of its rules."""
    for rule in reading.rules:
        yield from (replace(problem, rule=rule.id) for problem in rule.find(found) if isinstance(problem, Problem))


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column)))
