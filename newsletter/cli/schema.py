"""`newsletter schema`: print or write the JSON Schemas, which editors use to complete and check YAML files."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter schema --write")
@click.argument("kind", type=click.Choice(["issue", "publication"]), required=False)
@click.option("--write", is_flag=True, help="Write both schemas to the folder schemas/ of the publication.")
def schema(kind: str | None, write: bool) -> None:
    """Print or write the JSON Schemas for editors.

    New issues and newsletter.yaml refer to these files in their first line, so that editors with a YAML language server
    complete and check them.
    """
    if write == bool(kind):
        raise click.UsageError("Add `issue` or `publication` to print one schema, or use --write to write both.")
    from newsletter.issue.json_schema import Kind, schema_text

    if kind:
        click.echo(schema_text(Kind(kind)), nl=False)
        return
    from newsletter.cli.terminal import escape_controls
    from newsletter.files import display, write_whole
    from newsletter.publication.find_publication import find_publication

    root = find_publication(Path().absolute())
    for each in Kind:
        path = root / "schemas" / each.file
        write_whole(path, schema_text(each).encode())
        click.echo(escape_controls(display(path)))
