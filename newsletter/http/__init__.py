"""The HTTP client: everything that the program fetches from the network goes through it.

In the order in which a request passes: `publication_fetcher` makes the `Fetcher` of a publication; `fetcher` follows
redirects within its limits; `http_cache` answers what was fetched in the last day; `address_guard` says which URLs
and IP addresses may be asked, and `connections` opens connections to those only; `body` decompresses what arrives;
`http_response` is the result. `safe_headers` are headers that our own servers set.

Start with `fetcher.py`.
"""
