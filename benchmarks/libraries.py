"""The library modules that a process loads: those of the baseline of a cold start, and those of a command."""

import json

from benchmarks.clock import PYTHON, run_command

# The baseline of a cold start: the names that `render all` imports from libraries, without using them.
IMPORTS = """\
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


def loaded_by_imports() -> set[str]:
    """Return the library modules that the baseline loads."""
    return _list_modules(IMPORTS)


def loaded_by_command(*arguments: str) -> set[str]:
    """Return the library modules that a command loads.

    Raises:
        subprocess.CalledProcessError: The command fails.
    """
    return _list_modules(_COMMAND.format(arguments=arguments))


def list_packages(modules: set[str]) -> set[str]:
    """Return the top-level packages of modules."""
    return {name.partition(".")[0] for name in modules}


def _list_modules(code: str) -> set[str]:
    return set(json.loads(run_command([PYTHON, "-c", code + _REPORT]).splitlines()[-1]))
