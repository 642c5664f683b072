"""`newsletter init`: create a publication in a new folder."""

import shlex
from pathlib import Path

import click


@click.command(epilog="Example: newsletter init my-newsletter")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
def init(directory: Path) -> None:
    """Create a publication in a new folder.

    Creates newsletter.yaml, issues/, schemas/ and .gitignore in DIR. Existing files are not changed.
    """
    from newsletter.cli.terminal import escape_controls, print_status
    from newsletter.errors import ExistsError
    from newsletter.files import display, write_new
    from newsletter.issue.json_schema import Kind, schema_text
    from newsletter.publication.find_publication import FILE
    from newsletter.publication.scaffold_files import publication_text
    from newsletter.publication.template_folders import TEMPLATES

    name = directory.absolute().name.replace("-", " ").replace("_", " ").strip().title() or "My Newsletter"
    files = {FILE: publication_text((TEMPLATES,), name), **{f"schemas/{kind.file}": schema_text(kind) for kind in Kind}}
    for file in files:
        if (directory / file).exists():
            raise ExistsError(
                f"{display(directory / file)} already exists", "Nothing was changed. Choose another folder."
            )
    ignored = (directory / ".gitignore").exists()
    optional = {".gitignore": "build/\n.newsletter/\nnewsletter.db*\n", "issues/.gitkeep": ""}
    files |= {file: text for file, text in optional.items() if not (directory / file).exists()}
    for file, text in files.items():
        write_new(directory / file, text.encode())
    click.echo(escape_controls(display(directory / FILE)))
    if ignored:
        print_status("Add build/, .newsletter/ and newsletter.db* to your .gitignore.")
    place = "" if directory.absolute() == Path.cwd() else f"-C {shlex.quote(str(directory))} "
    print_status(f"Next: fill in {FILE}, then `newsletter {place}new-issue`.")
