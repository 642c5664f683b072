"""The public pages: subscribe, confirm, unsubscribe, preferences, and a subscriber's own data.

A request passes through these parts:

1. `web_server` listens and runs uvicorn; `startup` starts what the pages share and shuts it down.
2. `middleware` sets headers, limits bodies and writes the line in the `access_log`; `rate_limit` counts the requests of
   each network.
3. `app` routes to a page: `subscribe`, `unsubscribe` or `preferences`. They use the `context`, a `PagesContext`: it
   reads and writes the database, verifies tokens and selects the language of the response.
4. `go` leads from an email to the URL of an entry and adds a click to the `click_counts`, without the database.
5. `pages` renders HTML. Mail is requested in the transaction of its event, and sent by `newsletter.mail.queue_worker`.

Start reading at `app.application`.
"""
