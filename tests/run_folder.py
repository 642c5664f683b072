"""A folder that all workers of a run share: what takes long to make is made in it once."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from filelock import FileLock

_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder in the process that starts the run; a worker is given its path."""
    if hasattr(config, "workerinput"):
        config.stash[_FOLDER] = Path(config.workerinput["run_folder"])
    else:
        # Sockets lie in it, whose paths must be short.
        folder = TemporaryDirectory(prefix="run")
        config.add_cleanup(folder.cleanup)
        config.stash[_FOLDER] = Path(folder.name)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker the path of the folder."""
    node.workerinput["run_folder"] = str(node.config.stash[_FOLDER])


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config) -> Path:
    """The folder that all workers of the run share; it is removed at the end."""
    return pytestconfig.stash[_FOLDER]


def make_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """Make a folder unless it exists; the workers that need it meanwhile wait.

    Args:
        folder: the path of the folder, in the folder of the run.
        make: fills the folder; is called with its path. What it leaves when it fails is not used.
    """
    folder.parent.mkdir(exist_ok=True)
    done = folder.with_name(f"{folder.name}.done")
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if not done.exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            done.touch()
    return folder
