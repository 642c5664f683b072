"""`newsletter check`: rules on issues, on `newsletter.yaml`, and on the outputs rendered from them.

In the order in which data passes:

- `runner` reads an issue, and prepares what each folder of `rules/` checks: the issue, its email, its message, its
  Medium story, the responses of its URLs. `spamassassin` runs SpamAssassin, `url_requests` requests the URLs.
- `apply_rules` applies a set of rules; `ignore_comments` finds the comments that ignore findings.
- The result is a `CheckResult` with located problems. `formats/` writes them for other programs.

`rule` defines what a rule is, and `registry` lists all rules.

Start with `rule.py`, then a short rule file such as `rules/publication.py`. docs/extending.md adds a rule.
"""
