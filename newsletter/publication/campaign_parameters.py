"""Campaign parameters: what tells a story's host where its readers came from."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from newsletter.fields.base import Model
from newsletter.fields.pattern import pattern_of
from newsletter.fields.text import Line

CAMPAIGN_FIELDS = ("slug",)


class Output(StrEnum):
    """Where an issue is read; each has campaign parameters of its own."""

    EMAIL = "email"
    MEDIUM = "medium"
    WEB = "web"


Campaign = Annotated[Line, pattern_of(CAMPAIGN_FIELDS)]


class CampaignParameters(Model):
    """What is added to the URL under an entry's title, so that its host can tell where readers came from."""

    utm_campaign: Campaign | None = Field(None, description="The campaign; `{slug}` stands for the issue's slug.")
    utm_medium: Campaign | None = Field(None, description="The medium, such as email.")
    utm_source: Campaign | None = Field(None, description="The source, such as newsletter.")


def _default_parameters(output: Output) -> CampaignParameters:
    return CampaignParameters(utm_campaign="{slug}", utm_medium=output.value, utm_source="newsletter")


class Campaigns(Model):
    """The campaign parameters of each output; what is given replaces all three, and `{}` sets none."""

    email: CampaignParameters = Field(
        _default_parameters(Output.EMAIL),
        description="Parameters in the email. What is given replaces all; `{}` sets none.",
    )
    medium: CampaignParameters = Field(
        _default_parameters(Output.MEDIUM), description="Parameters in the Medium story."
    )
    web: CampaignParameters = Field(
        _default_parameters(Output.WEB), description="Parameters in the archive, when it is built."
    )

    def of(self, output: Output, slug: str) -> dict[str, str]:
        """The parameters of one output, filled for one issue."""
        parameters: CampaignParameters = getattr(self, output.value)
        return {name: value.replace("{slug}", slug) for name, value in parameters if value}
