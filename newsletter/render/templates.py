"""Finds and fills templates. An error in a template names the template and the line."""

import contextlib
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from os.path import isfile
from pathlib import Path, PurePath
from types import BuiltinMethodType, FunctionType, MethodType, ModuleType
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup
from pydantic import BaseModel

from newsletter.errors import TemplateError
from newsletter.files import display, leads_out
from newsletter.publication.template_folders import TEMPLATES
from newsletter.render.merge_fields import MergeField, replace_braces, write_merge_fields
from newsletter.render.template_cache import TemplateCache
from newsletter.render.template_code import TemplateCode, finalize_html, write_html


@dataclass(frozen=True)
class Templates:
    """The templates of a publication.

    Args:
        folders: The folders to search for a template, in this order.
        cache: The folder of compiled templates (see `cache_folder`). If it is None, each process compiles them.
    """

    folders: tuple[Path, ...]
    cache: Path | None = None

    def prepare(self, *names: str) -> None:
        """Compile templates in advance. An error in a template is raised later, when it is filled."""
        for name in names:
            with contextlib.suppress(jinja2.TemplateError, TemplateError, OSError, UnicodeError):
                _environment(self, Path(name).suffix).get_template(name)

    def fill(self, name: str, values: Mapping[str, Any]) -> str:
        """Fill a template. The suffix of its name decides the escaping.

        Raises:
            TemplateError: The template does not exist, cannot be read or parsed, or uses an unknown name.
        """
        environment = _environment(self, Path(name).suffix)
        try:
            filled = write_merge_fields(environment.get_template(name).render(values))
            filled.encode()
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(
                f"template {error.filename or name}:{error.lineno}: {error.message}",
                "Correct the template, or remove your copy to use the built-in one.",
            ) from error
        except jinja2.TemplateNotFound as error:
            raise TemplateError(
                f"template {error.name} does not exist in {', '.join(map(str, self.folders))}",
                "Check the spelling of the name.",
            ) from error
        except (OSError, UnicodeError) as error:
            raise TemplateError(
                f"template {name} cannot be read: {error}", "Check the file's permissions, and that it is UTF-8 text."
            ) from error
        except Exception as error:
            # A template can raise any exception. One without a template frame is a defect of newsletter.
            line = _find_template_line(error, self.folders)
            if line is None and not isinstance(error, ValueError):
                raise
            raise TemplateError(
                f"template {line or name}: {error}", "See docs/templates.md for the names that a template can use."
            ) from error
        return filled


def _finalize_text(value: Any) -> str:
    return replace_braces(str(value))


def _finalize_markdown(value: Any) -> str:
    # Only the Medium story needs this import.
    from newsletter.text.medium_markdown import escaped

    return replace_braces(value if isinstance(value, Markup) else escaped(str(value)))


_FINALIZERS: dict[str, Callable[[Any], Any]] = {".txt": _finalize_text, ".md": _finalize_markdown}


@cache
def _environment(templates: Templates, suffix: str) -> jinja2.Environment:
    environment = _Sandbox(
        loader=_Folders(templates.folders),
        undefined=jinja2.StrictUndefined,
        autoescape=suffix not in _FINALIZERS,
        finalize=_FINALIZERS.get(suffix, finalize_html),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=_bytecode_cache(templates.cache, suffix),
    )
    environment.globals["merge"] = {field.value: field for field in MergeField}
    return environment


_METHODS = MethodType, BuiltinMethodType


class _Sandbox(SandboxedEnvironment):
    """Jinja's sandbox: a template of a shared repository reads neither files nor the environment.

    A page reads hundreds of attributes. The decision depends only on the type of the object and the name, so it is made
    once for each.
    """

    code_generator_class = TemplateCode
    write_html = staticmethod(write_html)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._safe: set[tuple[type, str]] = set()

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return an attribute or an item, or an undefined value if a template cannot use it."""
        decision = type(obj), attribute
        if decision in self._safe:
            value = getattr(obj, attribute, self)
            # Jinja replaces methods such as `str.format`.
            if value is not self and type(value) not in _METHODS:
                return value
        elif not isinstance(obj, dict) and hasattr(obj, attribute) and self.is_safe_attribute(obj, attribute, None):
            self._safe.add(decision)
        return super().getattr(obj, attribute)

    def call(self, context: Any, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call an object for a template, if a template can call it."""
        if type(obj) is FunctionType and "direct" in obj.__dict__:
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return obj(*args, **kwargs)
        return super().call(context, obj, *args, **kwargs)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Return whether a template can use an attribute. Methods of models and paths can read files."""
        if isinstance(obj, BaseModel) and hasattr(BaseModel, attr):
            return False
        return not isinstance(obj, PurePath | ModuleType) and super().is_safe_attribute(obj, attr, value)


class _Folders(jinja2.FileSystemLoader):
    """A loader that detects a new file of the same name in an earlier folder, and follows no links out of it."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        text, path, unchanged = super().get_source(environment, template)
        files = [Path(folder, template) for folder in self.searchpath]
        position = files.index(Path(path))
        folder, earlier = Path(self.searchpath[position]), [str(file) for file in files[:position]]
        # Some installers link the built-in templates to a folder of their own.
        if folder != TEMPLATES and leads_out(files[position], folder.parent):
            raise TemplateError(
                f"template {display(files[position])} is a symbolic link that leads out of the publication",
                "Copy the file into the publication.",
            )
        # It runs for every included template, so once for each entry of an email. `Path.is_file` takes longer.
        return text, path, lambda: unchanged() and not any(map(isfile, earlier))


def _bytecode_cache(folder: Path | None, suffix: str) -> jinja2.BytecodeCache | None:
    """Return the cache of one environment. Each environment compiles an included template differently.

    Earlier versions compiled templates to other code, so the names of its files differ from theirs.
    """
    return TemplateCache(str(folder), f"{suffix[1:]}-direct-%s") if folder else None


def _find_template_line(error: Exception, folders: tuple[Path, ...]) -> str | None:
    """Return `template:line` of the innermost template frame in an exception's traceback, or None if there is none."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if any(Path(frame.filename).is_relative_to(folder) for folder in folders):
            return f"{frame.filename}:{frame.lineno}"
    return None
