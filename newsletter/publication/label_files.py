"""Reads the labels of a language from `templates/labels/`. Files of the publication take precedence."""

from pathlib import Path

from newsletter.documents.validate import read_model
from newsletter.errors import NotFoundError
from newsletter.files import display
from newsletter.publication.labels import Labels
from newsletter.publication.template_folders import labels_file, read_from


def read_labels(folders: tuple[Path, ...], language: str) -> Labels:
    """Read the labels of a language, or of the language without its region or script.

    Raises:
        NotFoundError: no folder has a file for the language.
        AccessError: the file leads out of the publication, or cannot be read.
        DocumentError: the file has errors.
    """
    if found := labels_file(folders, language):
        return read_model(read_from(*found), Labels)
    english, own = (
        display(path) for path in (folders[-1] / "labels" / "en.yaml", folders[0] / "labels" / f"{language}.yaml")
    )
    known = sorted({path.stem for folder in folders for path in (folder / "labels").glob("*.yaml")})
    raise NotFoundError(
        f"labels for the language `{language}` are missing (available: {', '.join(known)})",
        f"Copy {english} to {own}, then translate it.",
    )


def all_labels(folders: tuple[Path, ...]) -> list[Labels]:
    """Read the labels of all languages. Those of the first folder come last, so that they take precedence.

    Raises:
        AccessError: a file leads out of the publication, or cannot be read.
        DocumentError: a file has errors.
    """
    return [read_model(read_from(folder, path), Labels) for folder, path in _paths(folders)]


def labels_by_language(folders: tuple[Path, ...]) -> dict[str, Labels]:
    """Read the labels of all languages, by language. Files of the first folder replace those of the others.

    Raises:
        AccessError: a file leads out of the publication, or cannot be read.
        DocumentError: a file has errors.
    """
    chosen = {path.stem: (folder, path) for folder, path in _paths(folders)}
    return {language: read_model(read_from(*found), Labels) for language, found in chosen.items()}


def _paths(folders: tuple[Path, ...]) -> list[tuple[Path, Path]]:
    return [(folder, path) for folder in reversed(folders) for path in sorted((folder / "labels").glob("*.yaml"))]
