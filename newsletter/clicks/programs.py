"""Recognises requests of programs that open links in mail: scanners, previews, monitors and libraries.

Most scanners of mail do not identify themselves, but claim to be a browser. The other signs of `counter` find those.
"""

import re
from collections.abc import Mapping

# Words in the User-Agent of programs. They are the general words of the list of bots of `isbot`
# (github.com/omrilotan/isbot, list.json, read on 2026-11-30), without those that would match a browser, and names of
# products for mail security.
# No word occurs in the User-Agent of a browser or of a mail program that opens links itself.
_PROGRAM = re.compile(
    # Programs that say what they are. CUBOT is a maker of phones.
    r"(?<!cu)bot\b|bot[/;:@)-]|crawl|spider|scan(?:ner)?\b|prefetch|preview|monitor|probe|fetch|validat"
    r"|(?:link|url)[ -]?check|urlanalyzer|headless|phantom|lighthouse|pagespeed|synthetic|uptime"
    # Previews of messengers and social networks
    r"|facebookexternalhit|facebookcatalog|whatsapp|slack-imgproxy|skypeuri|embedly|iframely|mastodon|cardyb"
    # Proxies and products that open the links of mail
    r"|googleimageproxy|google-safety|google-read-aloud|yahoomailproxy|safelinks|barracuda|mimecast|proofpoint"
    r"|forcepoint|fireeye|trellix|fortimail|fortiguard|ironport|symantec|sophos|kaspersky|trend ?micro|bluecoat|zscaler"
    r"|mcafee|virustotal|urlscan|urldefense|microsoft office|microsoft-cryptoapi|zgrab|nmap|masscan|nuclei"
    # Libraries and tools
    r"|curl|wget|python|aiohttp|httpx|requests/|libwww|lwp|perl|ruby|java(?!script)|okhttp|apache-http|go-http"
    r"|node-fetch|node\.js|axios|undici|got \(|php|guzzle|postman|insomnia|dart:io|reqwest|winhttp|powershell",
    re.IGNORECASE,
)


def is_program(method: str, headers: Mapping[str, str]) -> bool:
    """Return whether a request is not from a reader who clicked, as far as it says so itself.

    Args:
        method: The method of the request. HEAD only asks whether a page exists.
        headers: The header fields, by lower-case names. Sec-Purpose is that of the Fetch Standard; Purpose, X-Purpose
            and X-Moz are its predecessors.
    """
    purpose = " ".join(headers.get(name, "") for name in ("sec-purpose", "purpose", "x-purpose", "x-moz")).lower()
    agent = headers.get("user-agent", "").strip()
    return method != "GET" or "prefetch" in purpose or "preview" in purpose or not agent or bool(_PROGRAM.search(agent))
