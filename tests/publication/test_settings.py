"""Tests of the settings: each has a default value, or an error that explains what to write."""

from pathlib import Path

import pytest

from newsletter.documents.source import Source
from newsletter.errors import DocumentError
from newsletter.fields.colour import DARK_GROUNDS, LIGHT_GROUNDS, contrast, least_contrast, nearest_shade
from newsletter.publication.publication_file import parse_publication
from newsletter.publication.settings import Publication
from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication


def publication(more: str = "", base: str = PUBLICATION) -> Publication:
    """Parse the text of `newsletter.yaml`."""
    return parse_publication(Source("newsletter.yaml", base + more)).publication


def problems_of(more: str, base: str = PUBLICATION) -> list[tuple[str, str, str]]:
    """Return the path, message and advice of each problem."""
    with pytest.raises(DocumentError) as caught:
        publication(more, base)
    return [(problem.path, problem.message, problem.advice) for problem in caught.value.problems]


def test_four_settings_are_required() -> None:
    """Name, site, sender and postal address have no default, and the advice describes each."""
    problems = problems_of("", base="tagline: x\n")
    assert [path for path, _, _ in problems] == ["name", "site_url", "from", "postal_address"]
    assert all(advice.startswith("Add `") and len(advice) > 30 for _, _, advice in problems)


def test_all_other_settings_have_defaults() -> None:
    """A publication with only the four required settings is complete."""
    minimal = publication()
    assert (minimal.language, minimal.past_issues) == ("en", 5)
    assert (minimal.rhythm.every, minimal.rhythm.weekday) == ("week", "sunday")
    assert minimal.assets_url == "https://lens.example.org/assets/"
    assert (minimal.colours.light, minimal.colours.dark) == ("#b4430f", "#ff9a62")


@pytest.mark.parametrize(
    ("more", "path", "message", "advice"),
    [
        ("language: English\n", "language", "not a valid language tag", "en, ja, zh"),
        ("rhythm: {every: fortnight}\n", "rhythm.every", "is not a valid rhythm", "10 days"),
        ("rhythm: {every: 0 days}\n", "rhythm.every", "is not a valid rhythm", "10 days"),
        ("rhythm: {weekday: sundy}\n", "rhythm.weekday", "found `sundy`", "Did you mean `sunday`?"),
        ("issue_title: Issue {nummer}\n", "issue_title", "unknown placeholder", "{number}"),
        ("issue_title: Issue {number\n", "issue_title", "unmatched brace", "{number}"),
        ("campaign: {email: {utm_source: '{x}'}}\n", "campaign.email.utm_source", "unknown placeholder", "{slug}"),
        ("campaign: {emial: {}}\n", "campaign.emial", "unknown key", "Did you mean `email`?"),
        ("medium: {tags: [a, b, c, d]}\n", "medium.tags", "found 4 tags; Medium allows at most 3", "Keep at most 3."),
        ("medium: {tags: [a, bbbbbbbbbbbbbbbbbbbbbbbbbb]}\n", "medium.tags[1]", "26 characters", "shorter"),
        (
            "delivery: {transport: x}\n",
            "delivery.transport",
            "expected `smtp`, `folder`, `maildir` or `console`, found",
            "",
        ),
        ("past_issues: x\n", "past_issues", "expected a whole number", "from 0 to 50"),
        ("past_issues: 51\n", "past_issues", "expected a number from 0 to 50, found 51", ""),
        ("logo: {image: ../logo.png}\n", "logo.image", "points outside the YAML file's folder", "relative"),
        ("logo: {image: logo.png, width: 600}\n", "logo.width", "expected a number from 16 to 528, found 600", ""),
        ("image_base_url: https://a.example/?b\n", "image_base_url", "cannot contain `?` or `#`", "last slash"),
        ("reply_to: me\n", "reply_to", "not a valid email address", "news@example.org"),
        ("links: {subscribe: {title: x}}\n", "links.subscribe.url", "missing", "where readers subscribe"),
        (
            "links: {other: [{title: x, url: mailto:a@b.example}]}\n",
            "links.other[0].url",
            "expected an http or https URL, found `mailto:`",
            "https://",
        ),
        ("labels: {en: {featurd: x}}\n", "labels.en.featurd", "unknown section", "Did you mean `featured`?"),
        ("labels: {english: {featured: x}}\n", "labels.english", "not a valid language tag", "en, ja, zh"),
        ('colours: {light: "orange"}\n', "colours.light", "not a valid colour", "six hexadecimal digits"),
    ],
)
def test_an_invalid_setting_is_explained(more: str, path: str, message: str, advice: str) -> None:
    """The error of an invalid value has its path, and advice on valid values."""
    (problem,) = problems_of(more)
    assert problem[0] == path
    assert message in problem[1]
    assert advice in problem[2]


@pytest.mark.parametrize(
    ("setting", "advice"),
    [
        ("password: correct horse", "Set an environment variable"),
        ("api_key: correct horse", "Set an environment variable"),
        ("password_variable: correct horse", "such as NEWSLETTER_SMTP_PASSWORD"),
        ("password_variable: [correct horse]", ""),
    ],
)
def test_a_password_is_not_printed(run: Run, folder: Path, setting: str, advice: str) -> None:
    """The error of a password in `newsletter.yaml` shows neither the value nor the line."""
    server = f"delivery:\n  smtp:\n    - host: smtp.example.org\n      {setting}\n"
    write_publication(folder, publication=PUBLICATION + server)
    done = run("list", code=1)
    assert advice in done.stderr
    assert "correct" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("key", "colour", "grounds"),
    [
        ("light", "#ff9a62", LIGHT_GROUNDS),
        ("dark", "#b4430f", DARK_GROUNDS),
        ("light", "#ffffff", LIGHT_GROUNDS),
        ("dark", "#000000", DARK_GROUNDS),
    ],
)
def test_an_unreadable_accent_is_an_error_that_suggests_a_readable_one(
    key: str, colour: str, grounds: tuple[str, ...]
) -> None:
    """An accent with a contrast below 4.5:1 is an error, and the suggested shade is valid."""
    ((path, message, advice),) = problems_of(f'colours: {{{key}: "{colour}"}}\n')
    assert path == f"colours.{key}"
    assert "below the minimum of 4.5:1" in message
    shade = advice.split('"')[1]
    assert least_contrast(shade, grounds) >= 4.5
    assert (
        getattr(publication(f'colours: {{{key}: "{shade}"}}\n').colours, key) == shade == nearest_shade(colour, grounds)
    )


def test_contrast_is_computed_as_in_wcag() -> None:
    """Black on white is 21:1, and #767676 is the lightest grey that WCAG allows on white."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") > 4.5 > contrast("#777777", "#ffffff")


SETTINGS = """\
tagline: Ground from the week
language: en-GB
author: Ada Lens
about: She *grinds* lenses.
image_base_url: https://cdn.example.org/i
links:
  subscribe: {url: https://lens.example.org/join, title: Join in, teaser: Every Sunday}
  other: [{title: On glass, url: https://glass.example.org/, teaser: a history}]
labels: {en-GB: {featured: Lenses first}}
campaign:
  email: {utm_campaign: "lens-{slug}", utm_source: letter & co}
  medium: {}
colours: {light: "#005a9c", dark: "#7fc4ff"}
logo: {image: logo.png, alt: A lens, width: 100}
medium: {tags: [Glass, Light]}
"""


def test_every_setting_is_used(run: Run, folder: Path) -> None:
    """Each output contains the values of the settings."""
    from PIL import Image

    write_publication(
        folder, publication=PUBLICATION + SETTINGS, _1=ISSUE.replace("comment: |", "image: lens.png\n      comment: |")
    )
    Image.new("RGB", (400, 100), "navy").save(folder / "logo.png")
    Image.new("RGB", (400, 100), "navy").save(folder / "issues/lens.png")
    run("render", "all", code=0)
    email, text, medium, story, request = (
        (folder / "build/1" / name).read_text()
        for name in ("email.html", "email.txt", "medium.md", "medium.html", "medium.json")
    )
    for words in (
        "Ground from the week",
        "Ada Lens",
        "Join in",
        "Every Sunday",
        "On glass",
        "a history",
        "Lenses first",
    ):
        assert words in email
        assert words in text
    for words in ("Ada Lens", "Every Sunday", "On glass", "a history", "Lenses first"):
        assert words in medium
        assert words in story
    assert 'lang="en-GB"' in email
    assert "https://cdn.example.org/i/" in email
    assert 'alt="A lens" height="25"' in email
    assert 'width="100"' in email
    assert "#005a9c" in email
    assert "#7fc4ff" in email
    assert "#b4430f" not in email
    assert "https://example.com/lenses?utm_campaign=lens-1&amp;utm_source=letter%20%26%20co" in email
    assert "utm_" not in medium
    assert '"tags": [\n    "Glass",\n    "Light"\n  ]' in request


def test_the_text_about_the_author_is_checked(run: Run, folder: Path) -> None:
    """A reference, a missing logo and unsupported Markdown in newsletter.yaml are reported with their lines."""
    about = "about: |\n  # She\n\n  grinds [lenses](@lens).\n"
    write_publication(folder, publication=PUBLICATION + about, _1=ISSUE)
    output = run("check", code=1).stdout
    assert "newsletter.yaml:11:19: error: unknown id `@lens`\n" in output
    assert "\n       [schema] about\n" in output
    write_publication(
        folder, publication=PUBLICATION + about.replace("(@lens)", "") + "logo: {image: gone.png}\n", _1=ISSUE
    )
    output = run("check", code=1).stdout
    assert "newsletter.yaml:9:3: warning: a heading is shown as it is typed\n" in output
    assert "\n       [about-beyond] about\n" in output
    assert "newsletter.yaml:12:15: error: the image file gone.png does not exist\n" in output
    assert "\n       [image-unusable] logo.image\n" in output


def test_a_logo_and_an_image_of_the_same_name_are_two_files(folder: Path) -> None:
    """Paths of an issue's images are relative to the issue, and those of the publication to newsletter.yaml."""
    from PIL import Image

    from newsletter.render.format import Format
    from newsletter.render.renderer import Renderer
    from newsletter.workspace.workspace import Workspace

    write_publication(
        folder,
        publication=PUBLICATION + "logo: {image: a.png}\nabout: '![me](a.png)'\n",
        _1=ISSUE.replace("comment: |", "image: a.png\n      comment: |"),
    )
    Image.new("RGB", (200, 100)).save(folder / "a.png")
    Image.new("RGB", (400, 300)).save(folder / "issues/a.png")
    workspace = Workspace(folder)
    email = Renderer(workspace).render(workspace.issue("1"), (Format.EMAIL,)).texts[Format.EMAIL]
    assert sorted(part.partition("-")[2].partition(".")[0] for part in email.split("/assets/")[1:]) == [
        "200x100",
        "200x100",
        "400x300",
    ]
