"""Reads the heads of issues. Their entries are not parsed, so that a thousand heads take about a second."""

from pydantic import ConfigDict, Field

from newsletter.documents.source import Source
from newsletter.documents.validate import read_model
from newsletter.errors import DocumentError
from newsletter.fields.address import WebAddress
from newsletter.fields.base import Model
from newsletter.fields.text import Date, Language, Line
from newsletter.issue.head import IssueHead, Status, head_text
from newsletter.issue.model import Number, Slug


class _Head(Model):
    """The fields of an `IssueHead`."""

    model_config = ConfigDict(extra="ignore")

    title: Line = Field(description="The issue's title.")
    date: Date = Field(description="The day it is published: YYYY-MM-DD.")
    number: Number | None = None
    status: Status = Status.DRAFT
    language: Language | None = None
    subtitle: Line | None = None
    canonical_url: WebAddress | None = None
    aliases: tuple[Slug, ...] = ()


def read_head(source: Source) -> IssueHead:
    """Read the head of an issue.

    Raises:
        DocumentError: the head has errors.
    """
    try:
        return read_head_text(source)
    except DocumentError:
        return read_whole_head(source)


def read_whole_head(source: Source) -> IssueHead:
    """Read the head of an issue from the whole file, because `head_text` may have cut into a text of several lines.

    Raises:
        DocumentError: the head has errors.
    """
    read = read_model(source, _Head)
    fields = (read.number, read.status, read.language, read.subtitle, read.canonical_url, read.aliases)
    return IssueHead(read.title, read.date, *fields)


def read_head_text(source: Source) -> IssueHead:
    """Read the head of an issue only from its `head_text`.

    Raises:
        DocumentError: this text has errors. The whole file may have none, and has other line numbers.
    """
    return read_whole_head(Source(source.name, head_text(source.text)))
