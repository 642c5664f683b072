"""The webhooks of mail providers, which report bounces, complaints and unsubscribes."""

from collections import Counter
from functools import partial

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from newsletter.bounces.bounce import BounceEffect
from newsletter.bounces.providers.receive import VerifiedRequest, apply_request, verify_request
from newsletter.bounces.providers.registry import PROVIDERS
from newsletter.bounces.providers.webhook import (
    ForgedRequestError,
    MalformedRequestError,
    Provider,
    WebhookRequest,
    require_equal,
)
from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.errors import FetchError
from newsletter.publication.webhook_settings import ProviderName
from newsletter.web.context import PagesContext, log

# What stays in the log of a request: other events change nothing.
_LOGGED = (
    *(BounceEffect.SUPPRESSED, BounceEffect.COUNTED, BounceEffect.NOTED, BounceEffect.UNSUBSCRIBED),
    *(BounceEffect.REPEATED, BounceEffect.UNKNOWN, BounceEffect.UNSENT),
    BounceEffect.UNPROVEN,
)


class Webhooks:
    """The webhooks. The name of its method is the first part of their paths, and their name in the access log."""

    def __init__(self, context: PagesContext) -> None:
        self._context = context

    async def webhooks(self, request: Request) -> Response:
        """Verify a request and apply its events. The response is successful only once they are in the database."""
        context, name = self._context, request.path_params["provider"]
        secret = context.webhooks.get(name) if name in set(ProviderName) else None
        if secret is None:
            raise HTTPException(404)
        log(request, provider=name)
        provider = PROVIDERS[ProviderName(name)]
        try:
            _check_path(provider, request.path_params.get("secret", ""), secret)
            headers = {key.lower(): value for key, value in request.headers.items()}
            sent = WebhookRequest(headers, await request.body(), secret, context.now, context.fetch)
            verified = await context.in_thread(partial(verify_request, provider, sent))
        except ForgedRequestError as error:
            log(request, outcome="refused", reason=error.message)
            return PlainTextResponse("401\n", 401)
        except MalformedRequestError as error:
            log(request, outcome="not understood", reason=error.message)
            return PlainTextResponse("400\n", 400)
        except FetchError as error:
            # The provider tries again later.
            log(request, outcome="not verified", reason=error.message)
            return PlainTextResponse("503\n", 503)
        effects = await context.write(partial(self._apply, verified))
        log(request, outcome="applied" if verified.events else "no events", events=len(verified.events))
        log(request, **{effect.value.replace(" ", "_"): effects[effect] for effect in _LOGGED if effects[effect]})
        return PlainTextResponse("ok\n")

    def _apply(self, verified: VerifiedRequest, connection: Connection) -> Counter[BounceEffect]:
        return apply_request(connection, signing_keys(connection, TOKENS), verified, self._context.now)


def _check_path(provider: Provider, given: str, secret: str) -> None:
    """Check the secret in the path of a provider that proves nothing.

    Raises:
        ForgedRequestError: It is wrong, or there is one in the path of another provider.
    """
    if provider.secret_in_path:
        require_equal(given, secret)
    elif given:
        raise ForgedRequestError("the path has a part too many")
