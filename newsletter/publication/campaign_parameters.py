"""Campaign parameters (`utm_…`): URL parameters that show a web site where its visitors came from."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from newsletter.fields.base import Model
from newsletter.fields.pattern import validate_pattern
from newsletter.fields.text import Line

CAMPAIGN_FIELDS = ("slug",)


class Output(StrEnum):
    """An output of an issue. Each has separate campaign parameters."""

    EMAIL = "email"
    MEDIUM = "medium"
    WEB = "web"


Campaign = Annotated[Line, validate_pattern(CAMPAIGN_FIELDS)]


class CampaignParameters(Model):
    """Parameters that are added to the URL of an entry's title."""

    utm_campaign: Campaign | None = Field(None, description="The campaign. `{slug}` is replaced with the issue's slug.")
    utm_medium: Campaign | None = Field(None, description="The medium, such as `email`.")
    utm_source: Campaign | None = Field(None, description="The source, such as `newsletter`.")


def _default_parameters(output: Output) -> CampaignParameters:
    return CampaignParameters(utm_campaign="{slug}", utm_medium=output.value, utm_source="newsletter")


class Campaigns(Model):
    """The campaign parameters of each output. A value replaces all three parameters, and `{}` removes them."""

    email: CampaignParameters = Field(
        _default_parameters(Output.EMAIL),
        description="Parameters in the email. Your value replaces all the defaults; `{}` sets no parameters.",
    )
    medium: CampaignParameters = Field(
        _default_parameters(Output.MEDIUM), description="Parameters in the Medium story."
    )
    web: CampaignParameters = Field(_default_parameters(Output.WEB), description="Parameters in the archive.")

    def of(self, output: Output, slug: str) -> dict[str, str]:
        """Return the parameters of one output for the issue with a slug."""
        parameters: CampaignParameters = getattr(self, output.value)
        return {name: value.replace("{slug}", slug) for name, value in parameters if value}
