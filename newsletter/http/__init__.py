"""The HTTP client: all requests of newsletter for pages and images go through it.

In the order in which a request passes:

- `publication_fetcher`: creates the `Fetcher` of a publication.
- `fetcher`: sends requests and follows redirects, within limits.
- `http_cache`: caches successful responses for a day.
- `address_guard`: decides which URLs and IP addresses may be requested.
- `connections`: opens connections to allowed addresses only.
- `body`: reads and decompresses the body of a response.
- `http_response`: the result.

`safe_headers` are response headers of newsletter's own servers. Start reading at `fetcher`.
"""
