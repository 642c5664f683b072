"""Variable envelope return paths (VERP): the address that a bounce is sent to identifies the recipient.

`bounces@example.org` becomes `bounces+TOKEN@example.org`. The server that receives bounces must deliver all of these
addresses to one mailbox (RFC 5233 calls the part after the `+` the detail).
"""

from collections.abc import Sequence

from newsletter.errors import CampaignError, TokenError
from newsletter.mail.tokens import Purpose, Token, read, sign

# A local part has at most 64 octets (RFC 5321, §4.5.3.1.1). A token needs 38 of them and the `+` needs one, for up to
# ten million subscribers and 9,999 campaigns.
LONGEST_LOCAL = 24


def require_room(sender: str) -> None:
    """Reject an envelope sender whose local part leaves no room for a token.

    Raises:
        CampaignError: The local part is too long.
    """
    local = sender.rpartition("@")[0]
    if len(local) > LONGEST_LOCAL:
        raise CampaignError(
            f"`{sender}` is too long for an envelope sender with VERP",
            f"Use an `envelope_sender` with at most {LONGEST_LOCAL} characters before the @, or set `verp: false`.",
        )


def verp_sender(sender: str, keys: Sequence[bytes], subscriber_id: int, address: str, campaign_id: int) -> str:
    """Return the envelope sender for one recipient of one campaign."""
    local, _, domain = sender.rpartition("@")
    return f"{local}+{sign(keys, Purpose.BOUNCE, subscriber_id, address, campaign_id)}@{domain}"


def read_verp(keys: Sequence[bytes], address: str) -> Token | None:
    """Return the token in the address of a bounce, in upper or lower case; None if there is no valid token."""
    local = address.strip().strip("<>").rpartition("@")[0]
    try:
        return read(keys, Purpose.BOUNCE, local.rpartition("+")[2])
    except TokenError:
        return None
