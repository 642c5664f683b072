"""A folder that all workers of a run share, for files that take long to make."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from filelock import FileLock

_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Create the folder in the main process. Workers get its path."""
    if hasattr(config, "workerinput"):
        config.stash[_FOLDER] = Path(config.workerinput["run_folder"])
    else:
        # It contains sockets, whose paths must be short.
        folder = TemporaryDirectory(prefix="run")
        config.add_cleanup(folder.cleanup)
        config.stash[_FOLDER] = Path(folder.name)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Send the path of the folder to a worker."""
    node.workerinput["run_folder"] = str(node.config.stash[_FOLDER])


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config) -> Path:
    """The folder that all workers of the run share. It is removed at the end."""
    return pytestconfig.stash[_FOLDER]


def make_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """Create and fill a folder unless it exists. Other workers that need it wait. Returns the folder.

    Args:
        folder: The path of the folder, in the folder of the run.
        make: Fills the folder with this path. If it fails, the folder is not used.
    """
    folder.parent.mkdir(exist_ok=True)
    done = folder.with_name(f"{folder.name}.done")
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if not done.exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            done.touch()
    return folder
