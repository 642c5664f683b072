"""Creates a publication in a folder: `newsletter.yaml`, `issues/`, `schemas/` and `.gitignore`."""

from pathlib import Path

from newsletter.documents.source import Source
from newsletter.errors import ExistsError, NotFoundError
from newsletter.files import display, write_new
from newsletter.issue.json_schema import Kind, schema_text
from newsletter.publication.find_publication import FILE
from newsletter.publication.label_files import read_labels
from newsletter.publication.new_publication import NewPublication, publication_text
from newsletter.publication.publication_file import parse_publication
from newsletter.publication.template_folders import TEMPLATES, template_folders

_IGNORED = ("build/", ".newsletter/", "newsletter.db*")


def name_from_folder(folder: Path) -> str:
    """Return the name that is proposed for a publication in a folder."""
    return folder.absolute().name.replace("-", " ").replace("_", " ").strip().title() or "My Newsletter"


def require_no_publication(folder: Path) -> None:
    """Check that no file of a new publication exists in a folder.

    Raises:
        ExistsError: One exists.
    """
    for file in (FILE, *(f"schemas/{kind.file}" for kind in Kind)):
        if (folder / file).exists():
            raise ExistsError(f"{display(folder / file)} already exists", "Nothing was changed. Choose another folder.")


def create_publication(folder: Path, new: NewPublication) -> list[str]:
    """Create a publication. Existing files are not changed.

    Returns:
        What the author should know, as sentences: about `.gitignore`, and about labels that are missing.

    Raises:
        ExistsError: The folder has a publication.
        NewsletterError: A value is not valid, or a file cannot be written.
    """
    require_no_publication(folder)
    text = publication_text((TEMPLATES,), new)
    publication = parse_publication(Source(FILE, text)).publication
    texts = {FILE: text, **{f"schemas/{kind.file}": schema_text(kind, publication) for kind in Kind}}
    notes = [f"Add {', '.join(_IGNORED[:-1])} and {_IGNORED[-1]} to your .gitignore."]
    if not (folder / ".gitignore").exists():
        texts[".gitignore"] = "".join(f"{line}\n" for line in _IGNORED)
        notes = []
    if not (folder / "issues/.gitkeep").exists():
        texts["issues/.gitkeep"] = ""
    for file, content in texts.items():
        write_new(folder / file, content.encode())
    try:
        read_labels(template_folders(folder.absolute()), new.language)
    except NotFoundError as error:
        notes.append(f"Note: {error.message}. {error.advice}")
    return notes
