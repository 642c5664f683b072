"""The subjects of the benchmarks. Each is a module of this package with a function `measure`."""

SUBJECTS = {
    "startup": "Cold start: newsletter --help",
    "short": "Cold start: short commands",
    "cold": "Cold start: rendering one issue to all five files",
    "lightness": "Imports of commands that render no email",
    "memory": "Peak memory",
    "warm": "Warm process: rendering an issue of 20 entries, half of them with an image",
    "breakdown": "Warm process: time by stage",
    "volume": "Rendering 1,000 issues",
    "checker": "Checks",
    "size": "Size of the email",
    "capture": "Capture of web pages, wall-clock time",
    "preview": "Preview in Chromium, wall-clock time",
    "archive": "Web archive, compared with Hugo and Pelican",
    "images": "Images of the archive, compared with Hugo",
    "smtp": "SMTP: 85 KB over loopback, to Postfix's smtp-sink and to a server with delayed replies, wall-clock time",
    "message": "Composing messages",
    "sending": "Sending: a campaign compared with smtp-source, wall-clock time",
    "shared": "Sending: a campaign that two and four processes send together, wall-clock time",
    "subscribers": "Import of 1,000,000 subscribers",
    "pages": "Public pages: one-click unsubscribe, wall-clock time",
    "links": "Public pages: links that count clicks beside a campaign, wall-clock time",
    "clicks": "Public pages: one-click unsubscribe during an import of 200,000 subscribers, wall-clock time",
}

# Measured only when they are named: `make bench-large` and `make bench-many`.
LARGE = {
    "kill": "Sending: a campaign that is killed 100 times",
    "large": "A ledger of ten million recipients in PostgreSQL, wall-clock time",
    "many": "An archive of 10,000 issues with search and feeds",
}
