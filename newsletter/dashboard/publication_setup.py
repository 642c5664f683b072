"""The first page in a folder without a publication: it asks what `newsletter init` asks, and creates one."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from newsletter.dashboard.error_responses import ERROR_RESPONSES
from newsletter.dashboard.navigation import NAVIGATION
from newsletter.dashboard.page_files import html_page, page_file
from newsletter.dashboard.request_guard import RequestGuard
from newsletter.errors import NewsletterError
from newsletter.fields.base import Model
from newsletter.preflight.diagnosis import DiagnosisState
from newsletter.preflight.settings import check_settings
from newsletter.publication.find_publication import FILE
from newsletter.publication.new_publication import NewPublication, parse_language, parse_name, parse_sender
from newsletter.publication.section import SectionKey
from newsletter.publication.starting_sections import starting_sections
from newsletter.workspace.create_publication import create_publication, name_from_folder
from newsletter.workspace.workspace import Workspace

Value = TypeVar("Value")


class Answers(Model):
    """The answers of the author, as `newsletter init` takes them in its options."""

    name: str
    language: str
    sender: str
    sections: str


class InvalidAnswersError(NewsletterError):
    """Answers are not valid. `problems` are the messages, by the names of the answers."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("some answers are not valid", "Correct them, then try again.")
        self.problems = problems


def setup_application(root: Path, port: int, token: str, created: Callable[[], None]) -> Starlette:
    """Return the application that creates a publication.

    Args:
        root: The folder.
        port: The port of the server, which is part of the allowed host names.
        token: The secret that the page sends with the answers.
        created: Called once the publication exists.
    """

    async def page(request: Request) -> Response:
        if (root / FILE).is_file():
            # It was created in the terminal meanwhile.
            created()
            return RedirectResponse(request.url.path)
        return html_page("setup.html", token)

    def proposed(_: Request) -> Response:
        return JSONResponse({"folder": str(root), "name": name_from_folder(root)})

    async def create(request: Request) -> Response:
        answers = Answers.model_validate_json(await request.body())
        try:
            notes = await run_in_threadpool(create_publication, root, parse_answers(answers))
        except InvalidAnswersError as error:
            return JSONResponse({"message": error.message, "advice": error.advice, "problems": error.problems}, 422)
        created()
        left = [found for found in check_settings(Workspace(root)) if found.state is not DiagnosisState.GOOD]
        return JSONResponse({"notes": notes, "left": [asdict(found) for found in left]})

    return Starlette(
        routes=[
            *(Route(link.path, page) for link in NAVIGATION),
            Route("/issues/{slug}", page),
            Route("/page/{name}", page_file),
            Route("/api/publication", proposed),
            Route("/api/publication", create, methods=["POST"]),
        ],
        middleware=[Middleware(RequestGuard, port=port, token=token)],
        exception_handlers=ERROR_RESPONSES,
    )


def parse_answers(answers: Answers) -> NewPublication:
    """Return the values of a new publication.

    Raises:
        InvalidAnswersError: Some answers are not valid.
    """
    problems: dict[str, str] = {}

    def parsed(name: str, parse: Callable[[], Value], default: Value) -> Value:
        try:
            return parse()
        except NewsletterError as error:
            problems[name] = f"{error.message}. {error.advice}".strip()
            return default

    name = parsed("name", lambda: parse_name(answers.name), "")
    language = parsed("language", lambda: parse_language(answers.language), "en")
    sender = parsed("sender", lambda: parse_sender(answers.sender), parse_sender(""))
    sections = parsed("sections", lambda: starting_sections(answers.sections, language), dict[SectionKey, str]())
    if problems:
        raise InvalidAnswersError(problems)
    return NewPublication(name, language, sender, sections)
