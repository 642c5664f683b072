"""Replaces the template tags of static site generators in Markdown: Hugo's shortcodes, and Liquid or Nunjucks tags."""

import html
import re

_SHORTCODE = re.compile(r"\{\{[<%]\s*(?P<name>figure|youtube|vimeo|tweet|relref|ref)\b(?P<rest>[^{}]*?)/?\s*[>%]\}\}")
_ATTRIBUTE = re.compile(r"(\w+)=(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
_FILTERED = re.compile(r"\{\{\s*(?:\"([^\"{}]*)\"|'([^'{}]*)')\s*\|[^{}]*\}\}")
_SITE = re.compile(r"\{\{-?\s*(?:site|page|metadata)\.(?:url|baseurl|baseURL|root)\s*-?\}\}")
# Attributes that kramdown adds to links and blocks, such as `{:target="_blank"}`.
_KRAMDOWN = re.compile(r"\{:[^{}\n]*\}")
_HOSTS = {"youtube": "https://www.youtube.com/watch?v=", "vimeo": "https://vimeo.com/"}


def without_template_tags(text: str) -> str:
    """Replace figures, videos and links in template tags by HTML or URLs. Lines do not change."""
    if "{" not in text:
        return text
    text = _FILTERED.sub(lambda found: found[1] or found[2] or "", _SHORTCODE.sub(_replaced, text))
    return _KRAMDOWN.sub("", _SITE.sub("", text))


def _replaced(found: re.Match[str]) -> str:
    name, rest = found["name"], found["rest"].strip()
    values = {key: double or single or bare for key, double, single, bare in _ATTRIBUTE.findall(rest)}
    plain = rest.strip("\"' ")
    if name == "figure":
        caption = " ".join(filter(None, (values.get("caption") or values.get("title"), values.get("attr"))))
        image = f'<img src="{_quoted(values.get("src", ""))}" alt="{_quoted(values.get("alt", ""))}">'
        return f"<figure>{image}<figcaption>{html.escape(caption)}</figcaption></figure>" if caption else image
    if name in _HOSTS:
        return _HOSTS[name] + (values.get("id") or plain)
    if name == "tweet":
        return f"https://twitter.com/{values.get('user', 'i')}/status/{values.get('id') or plain}"
    return plain


def _quoted(text: str) -> str:
    return html.escape(text, quote=True)
