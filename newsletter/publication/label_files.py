"""The labels of a language: a file of `templates/labels/`, the publication's own first."""

from pathlib import Path

from newsletter.documents.source import read_source
from newsletter.documents.validate import read_model
from newsletter.errors import NotFoundError
from newsletter.files import display
from newsletter.publication.labels import Labels
from newsletter.text.languages import fallbacks


def read_labels(folders: tuple[Path, ...], language: str) -> Labels:
    """The labels of a language, or of the language without its region or script.

    Raises:
        NotFoundError: no folder has a file for it.
        DocumentError: the file has faults.
    """
    for name in fallbacks(language):
        for folder in folders:
            path = folder / "labels" / f"{name}.yaml"
            if path.is_file():
                return read_model(read_source(path), Labels)
    english, own = (
        display(path) for path in (folders[-1] / "labels" / "en.yaml", folders[0] / "labels" / f"{language}.yaml")
    )
    known = sorted({path.stem for folder in folders for path in (folder / "labels").glob("*.yaml")})
    raise NotFoundError(
        f"no labels for the language `{language}`; there are {', '.join(known)}",
        f"Copy {english} to {own} and translate it.",
    )


def all_labels(folders: tuple[Path, ...]) -> list[Labels]:
    """The labels of every language, those of the first folder last, so that they count most.

    Raises:
        DocumentError: a file has faults.
    """
    return [read_model(read_source(path), Labels) for path in _paths(folders)]


def labels_by_language(folders: tuple[Path, ...]) -> dict[str, Labels]:
    """The labels of every language that has a file, the publication's own first.

    Raises:
        DocumentError: a file has faults.
    """
    chosen = {path.stem: path for path in _paths(folders)}
    return {language: read_model(read_source(path), Labels) for language, path in chosen.items()}


def _paths(folders: tuple[Path, ...]) -> list[Path]:
    return [path for folder in reversed(folders) for path in sorted((folder / "labels").glob("*.yaml"))]
