"""Keeps Pydantic from looking for plugins. newsletter uses none."""

import importlib
import os
import sys
from types import ModuleType
from typing import Any

_LOADER = "pydantic.plugin._loader"


def disable_plugins() -> None:
    """Replace Pydantic's loader of plugins, if Pydantic is not imported yet.

    The loader would search every installed package, and imports `importlib.metadata` and `email` for that, which takes
    a tenth of the time of a short command.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")
    sys.modules.setdefault(_LOADER, _NoPlugins(_LOADER))


class _NoPlugins(ModuleType):
    """A loader that finds no plugins. Other names come from the real loader, for other versions of Pydantic."""

    get_plugins = staticmethod(tuple)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        del sys.modules[_LOADER]
        return getattr(importlib.import_module(_LOADER), name)
