"""`newsletter check`: rules on issues, on `newsletter.yaml`, and on what is rendered from them.

In the order in which data passes: `runner` reads an issue and makes what each folder of `rules/` looks at (the issue,
its email, its message, its Medium story, the responses of its URLs); `apply_rules` applies each set of rules;
`ignore_comments` removes what a comment ignores; the result is a `CheckResult` with located problems, which
`formats/` writes for other programs. `rule` defines what a rule is, `registry` knows all of them, `spamassassin` and
`url_requests` ask other programs and the network.

Start with `rule.py`, then a short rule file such as `rules/publication.py`. docs/extending.md adds a rule.
"""
