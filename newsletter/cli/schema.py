"""`newsletter schema`: print or write the JSON Schemas, which editors use to complete and check YAML files."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter schema --write")
@click.argument("kind", type=click.Choice(["issue", "publication"]), required=False)
@click.option("--write", is_flag=True, help="Write both schemas to the folder schemas/ of the publication.")
def schema(kind: str | None, write: bool) -> None:
    """Print or write the JSON Schemas for editors.

    New issues and newsletter.yaml refer to these files in their first line, so that editors with a YAML language server
    complete and check them. They allow the sections of the publication: write them again when you change `sections`.
    """
    if write == bool(kind):
        raise click.UsageError("Add `issue` or `publication` to print one schema, or use --write to write both.")
    from newsletter.errors import NotFoundError
    from newsletter.issue.json_schema import Kind, schema_text
    from newsletter.publication.find_publication import find_publication
    from newsletter.publication.publication_file import read_publication

    if kind:
        try:
            declaring = read_publication(find_publication(Path().absolute())).publication
        except NotFoundError:
            declaring = None
        click.echo(schema_text(Kind(kind), declaring), nl=False)
        return
    from newsletter.cli.terminal import escape_controls
    from newsletter.files import display, write_inside

    root = find_publication(Path().absolute())
    publication = read_publication(root).publication
    for each in Kind:
        path = root / "schemas" / each.file
        write_inside(root, path, schema_text(each, publication).encode(), advice="Remove the link.")
        click.echo(escape_controls(display(path)))
