"""Update the checker's data on email clients: `python .ci/caniemail.py [PACKAGE]`.

Reads the npm package `caniemail`: an unpacked one at PACKAGE, or the newest that `npm pack` downloads. Writes
`caniemail.json`, which has for each feature the names by which an email uses it and the clients whose latest version
does not support it. Prints the differences from the previous data.
"""

import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "newsletter/check/rules/email/caniemail.json"
# The clients that most readers use, by their names in the data. Discontinued and rare ones are left out.
CLIENTS = {
    "gmail": {"desktop-webmail": "web", "ios": "iOS", "android": "Android"},
    "apple-mail": {"macos": "macOS", "ios": "iOS"},
    "outlook": {"windows": "Windows", "outlook-com": "web", "macos": "macOS", "ios": "iOS", "android": "Android"},
    "yahoo": {"desktop-webmail": "web", "ios": "iOS", "android": "Android"},
    "samsung-email": {"android": "Android"},
}
FAMILIES = {
    "gmail": "Gmail",
    "apple-mail": "Apple Mail",
    "outlook": "Outlook",
    "yahoo": "Yahoo Mail",
    "samsung-email": "Samsung Email",
}
# Features whose names (`kind name`) cannot be derived from the slug or the title.
NAMES = {
    "css-at-media-device-pixel-ratio": ["media -webkit-device-pixel-ratio", "media -webkit-min-device-pixel-ratio"],
    "css-at-media-hover": ["media hover", "media any-hover"],
    "css-inert-attribute": ["attribute inert"],
    "css-intrinsic-size": ["keyword fit-content", "keyword min-content", "keyword max-content"],
    "css-left-right-top-bottom": ["property left", "property right", "property top", "property bottom"],
    "css-modern-color": ["function lch", "function oklch", "function lab", "function oklab"],
    "css-rgb": ["function rgb"],
    "css-rgba": ["function rgba"],
    "css-selector-adjacent-sibling": ["selector +"],
    "css-selector-attribute": ["selector ["],
    "css-selector-child": ["selector >"],
    "css-selector-general-sibling": ["selector ~"],
    "css-selector-universal": ["selector *"],
    "css-sytem-ui": ["keyword system-ui", "keyword ui-serif", "keyword ui-sans-serif", "keyword ui-monospace"],
    "css-unit-calc": ["function calc"],
    "css-unit-initial": ["keyword initial"],
    "css-unit-percent": ["unit %"],
    "css-variables": ["function var"],
    "html-address": ["element address"],
    "html-h1-h6": [f"element h{level}" for level in range(1, 7)],
    "html-image-maps": ["element map", "attribute usemap"],
    "html-lists": ["element ul", "element ol", "element dl"],
    "html-srcset": ["attribute srcset", "attribute sizes"],
    "html-svg": ["element svg"],
}
# Features whose keywords are the names of properties or elements. For some, the slug is one more name.
BY_KEYWORD = {
    "css-border": "property",
    "css-border-inline-block": "property",
    "css-border-inline-block-individual": "property",
    "css-border-inline-block-longhand": "property",
    "css-border-radius-logical": "property",
    "css-column-layout-properties": "property",
    "css-grid-template": "property",
    "css-inset": "property",
    "css-margin": "property",
    "html-semantics": "element",
}
# Patterns of titles, and the kind of name that each contains. The first match counts.
TITLES = {
    r"<(\w+)>.*": "element",
    r"(.*) attribute": "attribute",
    r"@media \((.*)\)": "media",
    r"@([a-z-]+)": "at-rule",
    r"(::?[a-z-]+).*": "pseudo",
    r"([a-z-]+): ?([a-z-]+)": "value",
    r"([a-z-]+)\(\)": "function",
    r"(\w+) unit": "unit",
}
# Features that no name in an email identifies, or that other rules check.
LEFT_OUT = re.compile(
    r"css-(?:comments|important|nesting|selector-(?:chaining|class|descendant|grouping|id|type)|pseudo-class-lang)"
    r"|html-(?:anchor-links|base|body|button-.*|comments|doctype|input-.*|mailto-links|meta-color-scheme|style)"
    r"|image-.*|amp|bimi"
)


def names_of(feature: dict[str, Any]) -> list[str]:
    """Return the names by which an email uses a feature, each as `kind name`."""
    slug, title = feature["slug"], feature["title"].strip()
    if LEFT_OUT.fullmatch(slug):
        return []
    if slug in NAMES:
        return NAMES[slug]
    if slug in BY_KEYWORD:
        first = (
            [f"property {slug[4:]}"] if slug in ("css-border", "css-grid-template", "css-inset", "css-margin") else []
        )
        return list(
            dict.fromkeys(first + [f"{BY_KEYWORD[slug]} {word.strip()}" for word in feature["keywords"].split(",")])
        )
    for pattern, kind in TITLES.items():
        if found := re.fullmatch(pattern, title):
            return [f"{kind} {':'.join(found.groups())}"]
    if re.fullmatch(r"[a-z-]+(?:(?:, | & )[a-z-]+)+", title):
        return [f"property {name}" for name in re.split(", | & ", title)]
    return [f"property {slug[4:]}"]


def unsupported_in(feature: dict[str, Any]) -> list[str]:
    """Return the clients whose latest version does not support a feature: `Family (platforms)`, or `Family` for all."""
    found: list[str] = []
    for family, platforms in CLIENTS.items():
        stats = feature["stats"].get(family, {})
        without = [name for platform, name in platforms.items() if latest(stats.get(platform, {})).startswith("n")]
        if len(without) == len(platforms):
            found.append(FAMILIES[family])
        elif without:
            found.append(f"{FAMILIES[family]} ({', '.join(without)})")
    return found


def latest(versions: dict[str, str]) -> str:
    """Return the support value of the latest version, or "" if there is none."""
    newest = max(versions, key=lambda version: [int(part) for part in re.findall(r"[0-9]+", version)], default=None)
    return versions[newest] if newest is not None else ""


def reduce_data(package: Path) -> dict[str, Any]:
    """Return the data of a package in the form that the checker reads."""
    source = json.loads((package / "data/caniemail.json").read_text(encoding="utf-8"))
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    features = {}
    for feature in sorted(source["data"], key=lambda feature: feature["slug"]):
        names, clients = names_of(feature), unsupported_in(feature)
        if names and clients:
            features[feature["slug"]] = {"names": names, "unsupported": clients}
    return {
        "source": f"caniemail.com, from the npm package caniemail {about['version']}, reduced by .ci/caniemail.py",
        "date": source["last_update_date"][:10],
        "licence": (package / "LICENSE").read_text(encoding="utf-8").strip().split("\n\n"),
        "features": features,
    }


def download(folder: Path) -> Path:
    """Download the newest package, and return the folder into which it is unpacked."""
    subprocess.run(["npm", "pack", "--silent", "caniemail@latest"], cwd=folder, check=True)
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / "package"


def main(arguments: list[str]) -> None:
    """Write the file, and print the differences."""
    with tempfile.TemporaryDirectory() as folder:
        new = reduce_data(Path(arguments[0]) if arguments else download(Path(folder)))
    old = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.is_file() else {"features": {}, "date": "none"}
    # One feature per line, for readable diffs.
    lines = ",\n".join(f"    {json.dumps(slug)}: {json.dumps(data)}" for slug, data in new["features"].items())
    head = json.dumps({key: new[key] for key in ("source", "date", "licence")}, indent=2, ensure_ascii=False)
    TARGET.write_text(head.rstrip("\n}") + f',\n  "features": {{\n{lines}\n  }}\n}}\n', encoding="utf-8")
    print(f"{TARGET.name}: {old['date']} → {new['date']}, {len(new['features'])} features")
    for slug in sorted(old["features"].keys() | new["features"].keys()):
        before, after = (version["features"].get(slug, {}).get("unsupported", []) for version in (old, new))
        if before != after:
            print(f"  {slug}: {', '.join(before) or 'supported'} → {', '.join(after) or 'supported'}")


if __name__ == "__main__":
    main(sys.argv[1:])
