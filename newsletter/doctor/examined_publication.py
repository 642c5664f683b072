"""The input of every check: the publication, its secrets, and what may use the network."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from newsletter.doctor.dns_lookup import NameServer
from newsletter.doctor.dns_records import Record, records_of
from newsletter.errors import NewsletterError
from newsletter.mail.dkim import Signature
from newsletter.mail.issue_mail import dkim_signature
from newsletter.publication.delivery_settings import DeliverySettings
from newsletter.publication.settings import Publication
from newsletter.workspace.workspace import Workspace


@dataclass(frozen=True)
class ExaminedPublication:
    """A publication to examine.

    Attributes:
        environment: Environment variables, which contain the secrets.
        connects: Whether checks may connect to the servers of the settings.
        asks_dns: Whether checks may look up DNS records.
        name_server: The DNS server to use; None uses the resolver of the system.
    """

    workspace: Workspace
    environment: Mapping[str, str]
    connects: bool = False
    asks_dns: bool = False
    name_server: NameServer | None = None

    @property
    def publication(self) -> Publication:
        """The settings of the publication."""
        return self.workspace.publication

    @property
    def delivery(self) -> DeliverySettings:
        """The settings under `delivery`."""
        return self.workspace.publication.delivery

    @cached_property
    def signature(self) -> Signature | None:
        """The DKIM signature, or None if it is not configured.

        Raises:
            NewsletterError: The private key is missing or cannot be used.
        """
        return dkim_signature(self.publication, self.environment)

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """The DNS records that the settings need. The DKIM records are missing if a key cannot be read.

        Raises:
            CampaignError: A domain in the settings cannot exist.
        """
        try:
            keys = {key.selector: key.record for key in self.signature.keys} if self.signature else {}
        except NewsletterError:
            # `check_dkim_key` reports why.
            keys = {}
        return records_of(self.publication, keys)
