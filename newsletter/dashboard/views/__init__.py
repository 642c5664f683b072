"""The views of the dashboard beside the issues: one module per view, with its routes.

A view has a page, which its script in `page/` fills, and an API below `/api/`. `view_context` is what the views share.
`application.application` adds the routes of each view.
"""
