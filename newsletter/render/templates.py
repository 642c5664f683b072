"""Templates: found, filled and, where they fail, explained by name and line."""

import contextlib
import hashlib
import os
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import jinja2.bccache
from markupsafe import Markup, escape

from newsletter.errors import AccessError, TemplateError
from newsletter.files import write_whole
from newsletter.render.merge_fields import MergeField, put_aside, set_merge_fields


@dataclass(frozen=True)
class Templates:
    """The folders in which a template is looked for, the first that has it wins, and a cache of compiled ones."""

    folders: tuple[Path, ...]
    cache: Path | None = None

    def prepare(self, *names: str) -> None:
        """Compile templates before they are filled; what cannot be compiled fails then."""
        for name in names:
            with contextlib.suppress(jinja2.TemplateError, OSError, UnicodeError):
                _environment(self, Path(name).suffix).get_template(name)

    def fill(self, name: str, values: Mapping[str, Any]) -> str:
        """A template filled. Its kind of escaping follows its name.

        Raises:
            TemplateError: it is missing, cannot be read or parsed, or says what the view does not hold.
        """
        environment = _environment(self, Path(name).suffix)
        try:
            filled = set_merge_fields(environment.get_template(name).render(values))
            filled.encode()
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(
                f"template {error.filename or name}:{error.lineno}: {error.message}",
                "Mend the template, or take your copy away to use the one that comes with newsletter.",
            ) from error
        except jinja2.TemplateNotFound as error:
            raise TemplateError(
                f"template {error.name}: there is no such file in {', '.join(map(str, self.folders))}",
                "Check the spelling of the name.",
            ) from error
        except (OSError, UnicodeError) as error:
            raise TemplateError(
                f"template {name} cannot be read: {error}", "Check the file's permissions, and that it is UTF-8 text."
            ) from error
        except Exception as error:
            # A template may raise anything, while it is compiled or filled; what our own writers raise is ours.
            line = _template_line(error, self.folders)
            if line is None and not isinstance(error, ValueError):
                raise
            raise TemplateError(
                f"template {line or name}: {error}", "A template can say what the view holds: see docs/templates.md."
            ) from error
        return filled


def _finalize_html(value: Any) -> str:
    # What Jinja escapes after this, and what is escaped already, stays as it is but for its braces.
    safe: str = value if type(value) in (str, Markup) else escape(value)
    return type(safe)(put_aside(safe)) if "{" in safe else safe


def _finalize_text(value: Any) -> str:
    return put_aside(str(value))


def _finalize_markdown(value: Any) -> str:
    # Only stories need it.
    from newsletter.text.medium_markdown import escaped

    return put_aside(value if isinstance(value, Markup) else escaped(str(value)))


_FINALIZERS: dict[str, Callable[[Any], Any]] = {".txt": _finalize_text, ".md": _finalize_markdown}


@cache
def _environment(templates: Templates, suffix: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=_Folders(templates.folders),
        undefined=jinja2.StrictUndefined,
        autoescape=suffix not in _FINALIZERS,  # noqa: S701 (Markdown is escaped as Markdown, and text has no marks)
        finalize=_FINALIZERS.get(suffix, _finalize_html),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=_bytecode_cache(templates.cache / suffix[1:]) if templates.cache else None,
    )
    environment.globals["merge"] = {field.value: field for field in MergeField}
    return environment


class _Folders(jinja2.FileSystemLoader):
    """Templates that are as old as what they are read from: one that comes into an earlier folder goes before."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        text, path, unchanged = super().get_source(environment, template)
        earlier = [Path(folder, template) for folder in self.searchpath]
        earlier = earlier[: earlier.index(Path(path))]
        return text, path, lambda: unchanged() and not any(file.is_file() for file in earlier)


class _Compiled(jinja2.BytecodeCache):
    """Compiled templates: compiling takes longer than all of the rest. One that is not whole is compiled again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        path = self.folder / bucket.key
        with contextlib.suppress(OSError):
            content = path.read_bytes() if path.is_file() else b""
            if content and hashlib.sha256(content[32:]).digest() == content[:32]:
                bucket.bytecode_from_string(content[32:])

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        compiled = bucket.bytecode_to_string()
        with contextlib.suppress(AccessError):
            write_whole(self.folder / bucket.key, hashlib.sha256(compiled).digest() + compiled)


def _bytecode_cache(folder: Path) -> jinja2.BytecodeCache | None:
    """A cache in a folder; none where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return _Compiled(folder) if os.access(folder, os.W_OK) else None


def _template_line(error: Exception, folders: tuple[Path, ...]) -> str | None:
    """`template:line` of the innermost template frame that an exception came through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if any(Path(frame.filename).is_relative_to(folder) for folder in folders):
            return f"{frame.filename}:{frame.lineno}"
    return None
