"""Which libraries a process has loaded: what the floor of a cold start imports, and what commands really do."""

import json

from benchmarks.clock import PYTHON, said

# The names that newsletter takes from its libraries on the way of `render all`; no model, template or page is made.
FLOOR = """\
import cssutils, premailer, yaml
from babel import Locale
from babel.dates import format_date
from click import argument, command, group, option
from jinja2 import Environment, FileSystemLoader
from lxml import etree
from markdown_it import MarkdownIt
from mjml import mjml2html
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError
from pydantic import WithJsonSchema, model_validator
"""
_REPORT = """
import json, sys, sysconfig
folder = sysconfig.get_paths()["purelib"]
mine = [name for name, module in sys.modules.items() if (getattr(module, "__file__", None) or "").startswith(folder)]
print("\\n" + json.dumps(mine))
"""
_COMMAND = """
import sys
from newsletter.cli.main import main
sys.argv = ["newsletter", *{arguments!r}]
try:
    main()
except SystemExit as stopped:
    assert not stopped.code, stopped.code
"""


def loaded_by_floor() -> set[str]:
    """The modules of libraries that are loaded once the floor is imported."""
    return _modules(FLOOR)


def loaded_by_command(*arguments: str) -> set[str]:
    """The modules of libraries that are loaded once a command has run.

    Raises:
        subprocess.CalledProcessError: the command fails.
    """
    return _modules(_COMMAND.format(arguments=arguments))


def packages(modules: set[str]) -> set[str]:
    """The packages of modules."""
    return {name.partition(".")[0] for name in modules}


def _modules(code: str) -> set[str]:
    return set(json.loads(said([PYTHON, "-c", code + _REPORT]).splitlines()[-1]))
