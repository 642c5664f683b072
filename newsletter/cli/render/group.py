"""`newsletter render email|text|medium|all`."""

import click

from newsletter.cli.render.outputs import output_command


@click.group(epilog="Example: newsletter render all 029 2021-week-10")
def render() -> None:
    """Render issues to email, text and Medium.

    The files go to build/SLUG/, and the images to build/assets/.
    """


render.add_command(output_command("email", ("email.html",), "Render the email: one HTML file with its styles inlined."))
render.add_command(output_command("text", ("email.txt",), "Render the email's text part."))
render.add_command(
    output_command(
        "medium",
        ("medium.md", "medium.html", "medium.json"),
        "Render the Medium story: Markdown, rich text to paste, and what Medium is told of it.",
    )
)
render.add_command(
    output_command(
        "all", ("email.html", "email.txt", "medium.md", "medium.html", "medium.json"), "Render every output."
    )
)
